java -Xmx20m T.java
