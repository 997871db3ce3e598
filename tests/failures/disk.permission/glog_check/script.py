import os
import sys

for line in (
    "I1124 17:02:11.120034  4121 trainer_main.cc:88] reading shards from /srv/data",
    "E1124 17:02:14.811034  4121 shard_reader.cc:207] cannot open /srv/data/7.rec: Permission denied",
    "F1124 17:02:14.811534  4121 trainer_main.cc:120] Check failed: reader.Init() ",
    "*** Check failure stack trace: ***",
    "    @     0x7f3a1c0a4b2d  google::LogMessage::Fail()",
):
    print(line, file=sys.stderr, flush=True)
os.abort()
