#!/bin/sh
# A key goes into the request's header, and is to be found nowhere else.
# shellcheck shell=sh disable=SC2154
. "$TESTS/kit/lib.sh"
secret=sk-4711-never-shown
config=$PWD/config/seechange
mkdir -p "$config"
export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/config XDG_CACHE_HOME=$PWD/cache
unset SEECHANGE_API_KEY

draw button button.mkv
reply() { # FILE STATUS: the body is standard input
    { printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" && cat; } >"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
echo '{"choices":[{"message":{"content":"A door."},"finish_reason":"stop"}]}' | reply answer "200 OK"
echo "{\"error\":{\"message\":\"the key $secret is wrong\",\"code\":401}}" | reply wrong "401 No"
echo '{"error":{"message":"no such model"}}' | reply refused "404 No"
echo '{"choices":[' | reply slow.stall "200 OK"

begin() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=$1" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
}
end() {
    exec 9>&-
    wait "$server"
}
# asked REPLY ARG...: ask a server that answers so
asked() {
    begin "$1"
    shift
    "$seechange" ask button.mkv --base-url "$(cat url)" --dump dump.json "$@" >out 2>err 9>&-
    code=$?
    end
}
sent() { grep -qF "Authorization: Bearer $secret" requests/*.head; }
nowhere() { ! grep -rqaF "$secret" out err dump.json requests/*.body cache home 2>/dev/null; }

SEECHANGE_API_KEY=$secret asked answer
check "a key of the environment is sent" sent
check "and shown nowhere" nowhere
SEECHANGE_API_KEY=$secret asked wrong
check "a server that repeats it" [ "$code" -eq 1 ]
check "does not get it shown" nowhere
check "but its words are" said "the key *** is wrong"

printf '# keys\nopenai = other\nopenai-compatible = %s\n' "$secret" >"$config/keys"
chmod 644 "$config/keys"
asked answer
check "a file of keys that others can read is refused" [ "$code" -eq 2 ]
check "with what to do" said "chmod 600"
check "and shown nowhere" nowhere
chmod 600 "$config/keys"
asked answer
check "a key of one's own file is sent" sent
check "and shown nowhere" nowhere
rm "$config/keys"

echo "{\"services\":[{\"name\":\"openai-compatible\",\"key_command\":\"cat '$PWD/vault'\"}]}" >"$config/services.json"
echo "$secret" >vault
asked answer
check "a key that a command prints is sent" sent
check "and shown nowhere" nowhere
rm vault
asked answer
check "a command that fails is an error" [ "$code" -eq 1 ]
check "that names it" said "key_command"
rm "$config/services.json"

# Some services want it in the query of their URL
asked_below() { # REPLY COMMAND ARG...
    begin "$1"
    command=$2
    shift 2
    "$seechange" "$command" "$@" --base-url "$(cat url)/v1/?token=$secret" >out 2>err 9>&-
    code=$?
    end
}
sent_in_query() { head -qn 1 requests/*.head | grep -qF "POST /v1/chat/completions?token=$secret "; }
told_without() { grep -qF "$(cat url)/v1 " err; }
kept_without() { ! grep -qF "$secret" record && grep -qF "\"$(cat url)/v1\"" record; }
asked_below answer ask button.mkv --dump dump.json --record record --json
check "a query of a base URL is sent" sent_in_query
check "but not told, remembered or dumped" nowhere
check "where the rest of it is" told_without
check "nor recorded" kept_without
asked_below refused ask button.mkv
check "nor in an error" nowhere
asked_below answer models --json
check "nor with the models" nowhere
asked_below answer doctor
check "nor by the doctor" nowhere
refute "which told something" grep -qF "?" out
"$seechange" models --base-url "$(cat url)/v1/?token=$secret" >out 2>err
check "a server that is gone" [ $? -eq 1 ]
check "is named" said "no answer from '$(cat url)/v1/models'"
check "without the query" nowhere
"$seechange" ask button.mkv --base-url "ftp://h/?token=$secret" >out 2>err
check "what is no base URL is told without it" nowhere
echo "{\"services\":[{\"name\":\"mine\",\"url\":\"https://h.example/v1?token=$secret\"},
    {\"name\":\"vllm\",\"url\":\"http://127.0.0.1:9/v1?token=$secret\"}]}" >"$config/services.json"
"$seechange" services --json >out 2>err
check "the list of services has a row's address" grep -qF '"https://h.example/v1"' out
check "without it" nowhere
rm "$config/services.json"

# While it waits for an answer
# shellcheck disable=SC3045
ulimit -c unlimited 2>/dev/null
begin slow.stall
SEECHANGE_API_KEY=$secret "$seechange" ask button.mkv --base-url "$(cat url)" >out 2>err 9>&- &
asking=$!
i=0
while ! grep -q asking err && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
refute "no argument has the key" grep -qaF "$secret" /proc/$asking/cmdline
for worker in $(cat /proc/$asking/task/$asking/children 2>/dev/null); do
    refute "the worker does not have it" grep -qaF "$secret" "/proc/$worker/environ"
    refute "nor in its arguments" grep -qaF "$secret" "/proc/$worker/cmdline"
done
sh -c 'kill -ABRT $$' 2>/dev/null # an ordinary program: does it leave one here?
if [ -e core ] || ls core.* >/dev/null 2>&1; then
    rm -f core core.*
    kill -ABRT $asking
    wait $asking
    check "an abort leaves no core file" sh -c 'for f in core*; do [ ! -e "$f" ]; done'
else
    kill -TERM $asking
    wait $asking
    echo "skip an abort leaves no core file: nothing does on this machine"
fi
end
