printf "console.log('scoring');\nrequire('onnxruntime-node');\n" > index.js
node index.js
