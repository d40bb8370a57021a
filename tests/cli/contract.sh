# Our requests against the vendors' own packages from npm (tests/contract/): their types, the bodies that they write
# themselves, and Amazon's signature. The packages are installed into the build folder, the locked versions of them.
# shellcheck shell=sh disable=SC2154
. "$TESTS/kit/lib.sh"
. "$TESTS/kit/node.sh"

install_packages || { echo "skip contract with the vendors' packages: $why"; exit 0; }
cp "$contract"/*.mjs .
echo '{"type": "module"}' >package.json

# Every way in every form; and its content in another shape, to be said again with the package.
"$tools/draw" tiny tiny.mkv || exit 1
mkdir bodies
body() { # NAME ARG...
    file=bodies/$1.json
    shift
    "$seechange" request tiny.mkv "What changed?" --max-output-tokens 64 --temperature 0.25 --seed 7 -o "$file" "$@" \
        2>err || not_ok "the body $file"
}
node --input-type=module -e 'import { ways } from "./content.mjs";
for (const w of ways) console.log(w.name, w.service, w.dialect, w.model)' >ways
node --input-type=module -e 'import { writeFileSync } from "node:fs"; import { schemas } from "./content.mjs";
for (const name in schemas) writeFileSync(`${name}.json`, JSON.stringify(schemas[name]))'
# Of a form the options beside those of the way.
bodies_of() { # FORM OPTION...
    form=$1
    shift
    while read -r name service dialect model; do
        body "$name-$form" --service "$service" --format "$dialect" --model "$model" "$@"
        case $dialect in
        openai-responses) body "$name-$form-as-chat" --service "$service" --format openai-chat --model "$model" "$@" ;;
        *) body "$name-$form-as-responses" --service "$service" --format openai-responses --model "$model" "$@" ;;
        esac
    done <ways
}
bodies_of whole --no-stream
bodies_of streamed
bodies_of strict --no-stream --schema strict.json
bodies_of loose --no-stream --schema loose.json
check "there are bodies of every way" [ "$(find bodies -name '*.json' | wc -l)" -eq $(($(wc -l <ways) * 8)) ]
check "and schemas in those of five" [ "$(grep -lE '"(response_format|format)": ?[{]' bodies/*-strict.json | wc -l)" -eq 5 ]

node types.mjs bodies >out 2>err || not_ok "the bodies as TypeScript"
cp bodies/check.ts .
check "they obey the packages' types" node node_modules/typescript/bin/tsc --strict --noEmit --skipLibCheck \
    --target es2022 --module nodenext --moduleResolution nodenext --types node check.ts
node sdk.mjs bodies 2>err
export XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
unset AWS_BEARER_TOKEN_BEDROCK AWS_SESSION_TOKEN
node sigv4.mjs "$seechange" ask tiny.mkv "What changed?" --service bedrock --base-url URL --no-stream --max-images 2 \
    --model us.meta.llama4-scout-17b-instruct-v1:0 2>err
