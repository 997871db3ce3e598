perl prep.pl
