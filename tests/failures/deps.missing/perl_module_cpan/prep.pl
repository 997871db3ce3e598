use strict;
use JSON::Super;
print 1;
