import socket
def allreduce(data):
    mine, peer = socket.socketpair()
    peer.close()
    mine.sendall(data) #F
