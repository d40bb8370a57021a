# caption --metrics PORT: figures for Prometheus from a port of this machine, read by curl; clients that do other things.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
command -v curl >/dev/null || { echo "skip metrics at a port: no curl"; exit 0; }

mkdir ar
draw hue ar/hue.mp4
rm ar/*.times
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"object":"list","data":[%s]}' \
    '{"id":"llama-4-scout","object":"model","owned_by":"vllm"}' >models
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{' >answer.stall
mkdir requests && mkfifo hold
"$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer.stall" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done

# A run that waits for an answer which never comes.
"$seechange" caption --metrics 0 --no-stream --base-url "$(cat url)" ar >out 2>err 9>&- &
program=$!
page=
while [ -z "$page" ] && kill -0 $program 2>/dev/null; do
    page=$(sed -n 's|.*figures at \(http://127.0.0.1:[0-9]*/metrics\)$|\1|p' err)
    sleep 0.05
done
check "the port is told" [ -n "$page" ]
tries=0
until curl -s -m 10 "$page" >out && grep -q '^seechange_requests_in_flight 1$' out || [ $tries -gt 200 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
check "what goes on is told" grep -q '^seechange_requests_in_flight 1$' out
check "as a gauge" grep -q '^# TYPE seechange_requests_in_flight gauge$' out
check "every line is a comment or a figure" sh -c \
    '! grep -vE "^# (HELP|TYPE) seechange_[a-z_]+ .+|^seechange_[a-z_]+ [0-9.e+-]+$" out'
check "no file is named" sh -c '! grep -q hue out'
curl -s -m 10 -o out -D head "$page"
check "as Prometheus wants it" grep -qi '^content-type: text/plain; version=0.0.4' head
status() { curl -s -m 20 -o out -w '%{http_code}' "$@"; }
check "HEAD has no body" [ "$(status -I "$page")" = 200 ]
check "another path is not there" [ "$(status "${page%metrics}etc/passwd")" = 404 ]
check "nothing can be sent" [ "$(status -d x=1 "$page")" = 405 ]
check "a head too long is refused" [ "$(status -H "x: $(head -c 6000 /dev/zero | tr '\0' y)" "$page")" = 400 ]
bare=${page#http://}
bare=${bare%/metrics}
# Clients that say nothing, more of them than there are places.
idle=
mkfifo hold3
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    curl -s -m 30 "telnet://$bare" <hold3 >/dev/null 2>&1 &
    idle="$idle $!"
done
exec 8>hold3
head -c 3000 /dev/zero | tr '\0' z >&8
check "clients that say nothing hold up nobody" [ "$(status "$page")" = 200 ]
expect 1 "a port that is taken" caption --metrics "${bare#*:}" --service embedded --catalog other.db ar
check "is said" said "can't listen at port"
check "the run goes on" kill -0 $program
kill -TERM $program # SIGINT is ignored in what a shell has in the background
wait $program
check "and ends when it is told to" [ $? -ge 128 ]
check "the port is closed then" [ "$(status "$page")" = 000 ]
exec 8>&-
for client in $idle; do wait "$client" 2>/dev/null; done
exec 9>&-
wait "$server"
