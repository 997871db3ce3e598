import xml.etree.ElementTree as ET
def load(text): return ET.fromstring(text)
load("<rows><row>a</rows>")
