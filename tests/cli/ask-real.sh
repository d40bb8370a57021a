#!/bin/sh
# One question to a real llama-server with a tiny Llama 4: its words are noise, its protocol and counts are real.
# shellcheck shell=sh disable=SC2154
. "$TESTS/kit/lib.sh"

serve=${SEECHANGE_SHARED:-$root/../shared}/llama4-tiny/serve
if [ ! -x "$serve" ]; then
    echo "skip a real llama-server: there is none beside the repository"
    exit 0
fi
port=$((20000 + $$ % 20000))
start() { "$serve" --port "$port" --background --pid-file "$PWD/pid" --log-file "$PWD/log" "$@" >started 2>&1; }
stop() { "$serve" --port "$port" --pid-file "$PWD/pid" --stop >/dev/null 2>&1; }
if ! start; then
    echo "skip a real llama-server: $(tail -n 1 started)"
    exit 0
fi
trap stop EXIT
url=http://127.0.0.1:$port
# Random words may run into the limit of the answer's length, which is status 3.
answered() { [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; }

draw button button.mkv
run ask button.mkv --base-url "$url" --max-output-tokens 24 --seed 7 --json --dump sent.json
check "a real server answers" answered
check "obeys the schema" obeys answer-1.json
check "was sent" is sent true
check "the server is known for what it is" is service llama-server
check "its model has a name" is model tiny-llama4
check "several pictures went in one request" between 'images.#' 3 8
check "a picture costs what the server's own rule says" is images.0.tokens 146
check "a label stands before each picture, the question is last" sh -c '
    "$1" all messages.1.content type <sent.json | tr "\n" " " | grep -Eq "^(text image_url )+text $"' - "$tools/json"
pictures=$("$tools/json" all images tokens <out | awk '{ n += $1 } END { print n }')
counted=$(value usage.prompt_tokens)
check "the server counted the pictures and some words" [ "$counted" -gt "$pictures" ]
check "as was told before" [ "$(($(value image_tokens.count) + $(value text_tokens.count)))" -eq "$counted" ]
check "exactly" is text_tokens.exact true
first=$(value text)

run ask button.mkv --base-url "$url/v1" --max-output-tokens 24 --seed 7 --json --no-stream --no-cache
check "it answers as a whole too" answered
check "with the same words" is text "$first"
check "and the same count" is usage.prompt_tokens "$counted"
for dialect in openai-responses anthropic llama4-native; do
    run ask button.mkv --base-url "$url" --max-output-tokens 24 --temperature 0 --json --dialect "$dialect"
    check "$dialect costs the same" is usage.prompt_tokens "$counted"
    [ "$dialect" = openai-responses ] && first=$(value text)
    check "$dialect gives the same answer" is text "$first"
done
mkdir -p two/seechange
printf '{"services":[{"name":"chat","url":"%s/v1","local":true,"dialect":"openai-chat"},
    {"name":"native","url":"%s/v1","local":true,"dialect":"llama4-native"}]}' "$url" "$url" >two/seechange/services.json
XDG_CONFIG_HOME=$PWD/two run ask button.mkv --model chat/tiny-llama4 --model native/tiny-llama4 --max-output-tokens 24 \
    --no-cache --json
check "two dialects side by side" answered
check "obey the schema" obeys sides-1.json
check "cost the same" [ "$(value sides.0.answer.usage.prompt_tokens)" -eq "$(value sides.1.answer.usage.prompt_tokens)" ]
check "and took their time" between sides.1.first_words_s 0 600
cat >seen.json <<END
{"type":"object","properties":{"seen":{"type":"boolean"},"colour":{"enum":["red","blue"]},
 "places":{"type":"array","items":{"enum":["left","right"]},"maxItems":3}},
 "required":["seen","colour","places"],"additionalProperties":false}
END
for dialect in openai-chat llama4-native; do
    expect 0 "with a schema $dialect" ask button.mkv --base-url "$url" --seed 7 --schema seen.json --dialect "$dialect"
    check "gets JSON that obeys from random words" "$tools/json" schema seen.json <out
    refute "at once" said "once more"
done
run ask button.mkv "what is that?" --base-url "$url" --max-output-tokens 100 --seed 9 --json
if [ "$code" -eq 0 ]; then # whole: random words ended by themselves
    whole=$(value usage.prompt_tokens)
    run ask --continue button.mkv "and where?" --base-url "$url" --max-output-tokens 24 --json
    check "a further question finds nearly all of the one before in the server's cache" \
        [ "$(value usage.cached_tokens)" -ge $((whole * 9 / 10)) ]
else
    echo "skip a further question: the random answer had no end"
fi
expect 2 "a dialect that nobody speaks is an error" ask button.mkv --base-url "$url" --dialect klingon
check "which lists those that there are" said "there are openai-chat, "

expect 0 "nothing is asked when nothing changed" ask --from 0 --to 1 button.mkv --base-url "$url" --json
check "which is said" is nothing_changed true
run ask --from 0 --to 1 button.mkv "what colour is the button?" --base-url "$url" --max-output-tokens 8 --json
check "but a question of one's own is" is sent true
check "with a picture" between 'images.#' 1 2

stop
expect 1 "a server that is gone is an error" ask button.mkv --base-url "$url" --model tiny-llama4
check "with its address" said "$port"

# 700 tokens of context hold a picture or two, and no long answer.
start --ctx 700
mkdir -p config/seechange
echo '{"services":[{"name":"llama-server","probe":null}]}' >config/seechange/services.json
XDG_CONFIG_HOME=$PWD/config run ask button.mkv --base-url "$url" --max-output-tokens 24 --json --dump less.json
check "a query that turns out too long is asked once more with less" answered
check "which is said" said "asking once more with less"
check "with fewer pictures" between 'images.#' 1 3
check "that the server counted" between usage.prompt_tokens 150 768
check "the dump is what was asked" [ "$(grep -o 'data:image' less.json | wc -l)" -eq "$(value 'images.#')" ]
expect 1 "a query that the context can't hold is an error" ask button.mkv --base-url "$url" --max-output-tokens 600
check "which says what is wrong" said "token"
