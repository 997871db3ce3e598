const a = [];
for (let i = 0; ; i++) a.push(new Array(1000).fill(i));
