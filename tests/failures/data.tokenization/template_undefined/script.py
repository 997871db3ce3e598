from jinja2 import Environment, StrictUndefined
t = Environment(undefined=StrictUndefined).from_string("{% for m in messages %}{{ m.content + '!' }}{% endfor %}")
def render(rows):
    return t.render(messages=rows) #F
render([{"role": "user"}])
