const net = require('net');
console.log('connecting');
net.connect(9, '127.0.0.1');
