# Further questions: what stands before the question is the same bytes for all of them; ask --continue, --question.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
mkdir -p config/seechange

draw button button.mkv
draw hue hue.mp4
draw static static.mp4

# place FILE WORDS: the byte at which they begin. shared A B: how many bytes both have in common at the beginning.
place() { grep -obaF "$2" "$1" | head -n 1 | cut -d: -f1; }
shared() { cmp "$1" "$2" | sed 's/.*\(byte\|char\) \([0-9]*\).*/\2/'; }

for format in openai-chat,full openai-chat,delta openai-responses,full anthropic,full ollama,full llama4-native,pair \
    llama-api,full bedrock,full; do
    for question in "Zebra: who came in?" "Quagga: was anything left behind, and where?"; do
        "$seechange" request --format "${format%,*}" --pack "${format#*,}" --model llama-4-scout hue.mp4 "$question" \
            >"${question%%:*}" 2>/dev/null
    done
    check "two questions in $format differ only from the question on" [ "$(place Zebra Zebra:)" -lt "$(shared Zebra Quagga)" ]
done

reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"any","object":"model","owned_by":"vllm"}]}' | reply models
# says FILE TEXT: a reply whose answer is the text
says() {
    printf '{"choices":[{"message":{"content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,%s}}' "$2" \
        '"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":900}' | reply "$1"
}
says say1 "A red button."
says say2 "At the left."
says say3 "Nobody."
printf 'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"error":{"message":"no"}}' >no

# begin REPLY...: a server that answers with these, one after the other
begin() {
    rm -rf served hold url
    mkdir served && mkfifo hold
    replies="/v1/models=models"
    for word; do replies="$replies /v1/chat/completions=$word"; done
    # shellcheck disable=SC2086
    "$tools/serve" served $replies <hold >url &
    exec 7>hold
    while [ ! -s url ]; do sleep 0.05; done
    url=$(cat url)
}
end() {
    exec 7>&-
    wait
}

expect 2 "what was never asked about" ask --continue --base-url http://127.0.0.1:9 --model any button.mkv "And where?"
check "can't be continued" said "ask without --continue first"
check "and why is said" said "button.mkv"

begin say1 say2 say3
expect 0 "a question" ask --no-stream --dump first --base-url "$url" button.mkv "Zebra: what changed?"
expect 0 "goes on" ask --no-stream --dump second --continue --json --base-url "$url" button.mkv "Quagga: where?"
check "and is answered" is text "At the left."
check "the tokens that were kept are told" is usage.cached_tokens 900
check "the request before is its beginning" [ "$(place first Zebra:)" -lt "$(shared first second)" ]
check "then comes the answer" [ "$(place second 'A red button.')" -gt "$(place second Zebra:)" ]
check "then the question" [ "$(place second Quagga:)" -gt "$(place second 'A red button.')" ]
expect 0 "and once more" ask --no-stream --dump third --continue --base-url "$url" button.mkv "Okapi: who?"
check "with all of it before" [ "$(place second Quagga:)" -lt "$(shared second third)" ]
check "which talk it is is told" said "going on after 'Quagga: where?'"
check "as turns of both" [ "$("$tools/json" all messages role <third | tr '\n' ' ')" = \
    "system user assistant user assistant user " ]
expect 2 "with other pictures" ask --continue --pack grid --base-url "$url" button.mkv "Where?"
check "it would be another talk" said "repeat the options"
expect 2 "another model" ask --continue --model other --base-url "$url" button.mkv "Where?"
check "was not there" said "not of other"
end

expect 2 "another video" ask --continue --base-url http://127.0.0.1:9 --model any hue.mp4 "And where?"
check "has no talk of its own" said "ask without --continue"
expect 2 "without a question" ask --continue --base-url http://127.0.0.1:9 --model any button.mkv
expect 2 "with a schema" ask --continue --schema changes --base-url http://127.0.0.1:9 --model any button.mkv "Where?"
expect 2 "without the cache" ask --continue --no-cache --base-url http://127.0.0.1:9 --model any button.mkv "Where?"
expect 2 "without a model" ask --continue --service embedded button.mkv "Where?"
expect 2 "several models" ask --continue --model a/b --model c/d button.mkv "Where?"
expect 2 "an archive" ask --continue --archive "Where?"

begin say1 say2 say3
expect 0 "several questions" ask --no-stream --base-url "$url" button.mkv "What?" --question "Where?" --question "Who?"
check "are answered in turn" [ "$(tr -s '\n' ' ' <out)" = "What? A red button. Where? At the left. Who? Nobody. " ]
end
begin say1 no say3
expect 3 "one that fails" ask --no-stream --no-cache --json --base-url "$url" button.mkv --question "What?" \
    --question "Where?" --question "Who?"
check "leaves the others" is '#' 3
check "its place" is 1 null
check "and the last answer" is 2.text "Nobody."
end
begin say1 say2 say3
expect 3 "a bound of money" ask --no-stream --no-cache --json --base-url "$url" --price 1,1 --max-cost 0.003 \
    --max-output-tokens 10 button.mkv --question "What?" --question "Where?" --question "Who?" --question "Why?"
check "is for all of them" is 3 null
end
expect 2 "one dump of several questions" ask --dump x --base-url http://127.0.0.1:9 button.mkv "What?" --question "Where?"
check "is refused" said "for one question"
