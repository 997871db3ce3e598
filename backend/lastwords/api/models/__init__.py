"""The JSON of the API as pydantic models: what is answered, and what a query may hold.

Names are camelCase outside. The OpenAPI document, and from it the page's types, are made of these.
"""
