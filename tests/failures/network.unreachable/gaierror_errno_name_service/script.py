import xmlrpc.client
def ping(): return xmlrpc.client.ServerProxy("http://no-such-host.invalid/").ping()
ping()
