function rows(d){ return d.items.map(x=>x); }
console.log('prep');
rows({});
