node train.js
