"""The rules, one file per family; `book` holds their order, `verdict` asks them."""
