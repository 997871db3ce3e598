"""The process that serves: the app, waitress with deadlines, its log, Prometheus."""
