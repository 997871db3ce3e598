console.log("prompt builder"); const rows = JSON.parse("{\"a\": 1,}");
