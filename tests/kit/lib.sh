# For tests/cli/*.sh: . "$TESTS/kit/lib.sh"
# shellcheck shell=sh disable=SC2034
seechange=$O/seechange
tools=$O/tests/tools
root=$(cd "$TESTS/.." && pwd)
schemas=$root/docs/json-schema

ok() { printf 'ok %s\n' "$1"; }

# What the program said last helps to see why.
not_ok() {
    printf 'not ok %s\n' "$1"
    for said in out err; do
        [ -s "$said" ] && head -c 2000 "$said" | head -n 12 | sed "s/^/    $said: /"
    done
}

# check NAME COMMAND...: the command succeeds
check() {
    claim=$1
    shift
    if "$@"; then ok "$claim"; else not_ok "$claim"; fi
}

# refute NAME COMMAND...: it does not
refute() {
    claim=$1
    shift
    if "$@"; then not_ok "$claim"; else ok "$claim"; fi
}

# run ARG...: the program, with its words in out and err and its exit status in code
run() {
    "$seechange" "$@" >out 2>err </dev/null
    code=$?
}

# expect CODE NAME ARG...: it ends so
expect() {
    want=$1 claim=$2
    shift 2
    run "$@"
    if [ "$code" -eq "$want" ]; then ok "$claim"; else not_ok "$claim (exit $code, not $want)"; fi
}

# said WORDS: they are on standard error
said() { grep -qF -e "$1" err; }

# value PATH: of the JSON in out
value() { "$tools/json" get "$1" <out; }

# is PATH VALUE: what the JSON in out has there
is() {
    got=$(value "$1")
    [ "$got" = "$2" ] || { printf '    %s is %s, not %s\n' "$1" "$got" "$2"; return 1; }
}

# between PATH LOW HIGH: a number of the JSON in out
between() {
    got=$(value "$1")
    awk -v v="$got" -v low="$2" -v high="$3" 'BEGIN { exit !(v != "" && v + 0 >= low && v + 0 <= high) }' ||
        { printf '    %s is %s, not %s to %s\n' "$1" "$got" "$2" "$3"; return 1; }
}

# obeys NAME: the JSON in out obeys that schema
obeys() { "$tools/json" schema "$schemas/$1" <out; }

# draw NAME OUT: a clip of which every change is known; its times go to OUT.times
draw() { "$tools/clip" "$1" "$2" >"$2.times" || exit 1; }

# No escape or other control character but the line end.
plain() { ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$1"; }

# ended CODE WHAT: a check of the last command's exit status
ended() { if [ "$code" -eq "$1" ]; then ok "$2"; else not_ok "$2 (exit $code, not $1)"; fi; }

# serving REPLY... -- ARG...: ask a server that answers with these, one after the other; asked.N are the bodies
serving() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    replies="/v1/models=models"
    while [ "$1" != -- ]; do
        replies="$replies /v1/chat/completions=$1"
        shift
    done
    shift
    # shellcheck disable=SC2086
    "$tools/serve" requests $replies <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    "$seechange" ask --base-url "$(cat url)" --no-stream --no-cache "$@" >out 2>err 9>&- </dev/null
    code=$?
    exec 9>&-
    wait "$server"
    rm -f asked.*
    n=0
    for head in $(ls requests/*.head | sort -V); do
        if grep -q '^POST ' "$head"; then n=$((n + 1)); cp "${head%.head}.body" asked.$n; fi
    done
}
