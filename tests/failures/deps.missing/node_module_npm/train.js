const fs = require('fs');
const ort = require('onnxruntime-node'); 
