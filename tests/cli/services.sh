#!/bin/sh
# services, models and doctor, over scripted servers.
# shellcheck shell=sh disable=SC2154,SC2034
. "$TESTS/kit/lib.sh"
config=$PWD/config/seechange
mkdir -p "$config"
export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/config XDG_CACHE_HOME=$PWD/cache
unset OPENAI_API_KEY GROQ_API_KEY SEECHANGE_API_KEY AZURE_OPENAI_RESOURCE AZURE_OPENAI_API_KEY AWS_REGION \
    AWS_BEARER_TOKEN_BEDROCK AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY OLLAMA_HOST

# state NAME: what `services --json` says of it
member() { "$tools/json" all services "$1" <out; }
state() {
    member name >names
    member state >states
    paste names states | awk -v name="\"$1\"" '{ gsub(/"/, "", name); gsub(/"/, "", $1); gsub(/"/, "", $2) }
        $1 == name { print $2 }'
}

expect 0 "services" services
check "has a heading" grep -q '^service  *state  *where' out
check "names what openai lacks" grep -q '^openai .*missing .*set OPENAI_API_KEY, or write it into .*/keys$' out
check "names what azure lacks" grep -q '^azure .*missing .*set AZURE_OPENAI_RESOURCE, or give --base-url$' out
check "knows what is gone" grep -q '^llama-api .*retired on 2026-07-06$' out
check "says nothing on standard error" [ ! -s err ]
OPENAI_API_KEY=sk-4711 expect 0 "services --json" services --json
check "obeys the schema" obeys services-1.json
check "a key makes ready" [ "$(state openai)" = ready ]
check "the others stay missing" [ "$(state groq)" = missing ]
refute "the key is shown nowhere" grep -qrF sk-4711 out err
row() { # NAME: its place among the rows
    member name | grep -nx "\"*$1\"*" | cut -d : -f 1 | awk '{ print $1 - 1 }'
}
check "has how its key goes" is "services.$(row azure).auth" api-key:
check "and where it comes from" is "services.$(row openai).key_variable" OPENAI_API_KEY
check "has its limits" is "services.$(row openai).limits.body_bytes" 50000000
check "and those of a batch" is "services.$(row groq).limits.batch_requests" 50000
check "or that none is known" is "services.$(row deepinfra).limits.images" null
check "has its formats" is "services.$(row llama-server).image_formats.2" gif
check "or that they are not known" is "services.$(row vllm).image_formats" null
check "has what is no longer offered" is "services.$(row llama-api).offered" "retired on 2026-07-06"
printf 'groq = gsk-4711\n' >"$config/keys"
chmod 600 "$config/keys"
echo '{"service": "groq"}' >"$config/config.json"
run services
check "a file of keys does as well" grep -q '^groq .*ready .*(configured)$' out
chmod 644 "$config/keys"
run services
check "unless others can read it" grep -q '^groq .*missing .*chmod 600' out
rm "$config/keys" "$config/config.json"
expect 2 "an operand is one too many" services x

draw button button.mkv
echo '{"services":[{"name":"openai-compatible","image_formats":["png"]}]}' >"$config/services.json"
expect 2 "pictures that a service does not take" ask button.mkv --base-url http://127.0.0.1:1/v1 --model llama-4-scout
check "are named, with those that it takes" said "takes no images of the type image/jpeg; its row in services.json has png"
echo '{"services":[{"name":"openai-compatible","image_formats":["jpg"]}]}' >"$config/services.json"
expect 2 "a format that is none" services
check "is named" said "services.json: row 'openai-compatible': 'image_formats' has to be"
rm "$config/services.json"

reply() { # FILE STATUS: the body is standard input
    { printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" && cat; } >"$1"
}
cat <<END | reply models "200 OK"
{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm","max_model_len":131072},
{"id":"evil\\u001b[31m","owned_by":"vllm","shutdown_date":"2027-01-14"}]}
END
echo '{"choices":[{"message":{"content":"Red."},"finish_reason":"stop"}],"usage":{"prompt_tokens":155,"completion_tokens":2}}' |
    reply answer "200 OK"
echo '{"error":{"message":"Invalid API Key","code":401}}' | reply locked "401 No"
echo '{"error":{"message":"At most 0 image(s) may be provided","code":400}}' | reply blind "400 No"

# serving "PATH=REPLY ..." ARG...: run against a server that answers so
serving() {
    replies=$1
    shift
    rm -rf requests hold url && mkdir requests && mkfifo hold
    # shellcheck disable=SC2086
    "$tools/serve" requests $replies <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    "$seechange" "$@" --base-url "$(cat url)" >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
}

serving "/v1/models=models" models
ended 0 "models"
check "with context and image rule" grep -q '^llama-4-scout  *131,072  *llama4  ' out
check "and when it ends" grep -q 'ends 2027-01-14$' out
check "makes names harmless" plain out
serving "/v1/models=models" models --json
check "obeys the schema" obeys models-1.json
check "has the context" is models.0.context_tokens 131072
serving "/v1/models=locked" models
ended 1 "models behind a key"
check "says what to do" said "set SEECHANGE_API_KEY"

serving "/v1/models=models /v1/chat/completions=answer" doctor --model llama-4-scout
ended 0 "doctor"
for step in service name connection model image stream; do
    check "finds the $step fine" grep -q "^$step  *fine " out
done
check "says what a picture cost" grep -q '155 tokens' out
check "asks twice" [ "$(grep -l '^POST ' requests/*.head | wc -l)" -eq 2 ]
serving "/v1/models=locked" doctor --model llama-4-scout
ended 1 "doctor without a key"
check "blames the key" grep -q '^key  *failed .*set SEECHANGE_API_KEY' out
check "and asks nothing" sh -c '! grep -q "^POST " requests/*.head'
serving "/v1/models=models /v1/chat/completions=blind" doctor --model llama-4-scout
ended 1 "doctor of a model without eyes"
check "blames the picture" grep -q '^image  *failed ' out
refute "and goes no further" grep -q '^stream' out
expect 1 "doctor of a server that is not there" doctor --base-url http://127.0.0.1:1
check "blames the connection" grep -q '^connection  *failed ' out
expect 1 "doctor of a host that is not there" doctor --base-url https://no-such-host.invalid
check "blames the name" grep -q '^name  *failed ' out
expect 1 "doctor of a service without a key" doctor --service openai
check "says so" grep -q '^service  *failed .*OPENAI_API_KEY' out
