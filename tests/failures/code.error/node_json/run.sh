node t.js
