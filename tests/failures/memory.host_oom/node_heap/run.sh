node --max-old-space-size=30 train.js
