use strict; use warnings;
use JSON::XS::Missing;
print "ok\n";
