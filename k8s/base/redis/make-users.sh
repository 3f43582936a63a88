#!/bin/sh
# Prints the users of Redis as an ACL file; the passwords are files in the folder that is given.
#
# Redis receives digests of the passwords, so that no password can be read from it.
set -eu

digest() {
    tr -d '\n' <"$1" | sha256sum | cut -d ' ' -f 1
}

# No login as the default user is possible. It keeps all permissions, because Redis loads its append-only file as this user:
# without them, it would start without what scripts wrote, and only mention that in its log.
echo 'user default reset off ~* &* +@all'

# The roles. Only the keys of explorations, only the commands that the queue uses, in its scripts and outside of them.
echo "user atmos reset on #$(digest "$1/atmos") ~{atmos:* -@all +ping +select +info +role +script|load +evalsha" \
    '+time +exists +type +get +setrange +unlink +pexpire +persist' \
    '+hget +hmget +hset +hsetnx +hdel +hexists +hlen +hstrlen +hscan' \
    '+zadd +zrem +zcard +zscore +zrange +zrangebyscore +zrevrange +zremrangebyrank +zscan' \
    '+rpush +lpush +lpop +blpop +llen +lindex +lrange +lrem +ltrim +lpos'

# The probes: whether it answers. There is nothing that this user could do with or without a password.
echo 'user probe reset on nopass -@all +ping'
