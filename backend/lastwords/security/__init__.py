"""What is unsafe to start with, the audit, known secrets."""
