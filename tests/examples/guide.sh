#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# guide.sh SOURCE_DIR BUILD_DIR - the shell lines of docs/guide.md and then of docs/editing.md run as
# they stand there, on small models in place of those that `init` would make; and pages name no file
# that is not there.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

guide=$source_dir/docs/guide.md
editing=$source_dir/docs/editing.md
for page in "$guide" "$editing" "$source_dir"/docs/troubleshooting.md "$source_dir"/bindings/python/README.md "$source_dir"/README.md; do
    for link in $(grep -oE '\]\([a-z./_-]+\)' "$page" | tr -d '])('); do
        [ -e "$(dirname "$page")/$link" ] || fail "$page: $link is not there"
    done
    for file in $(grep -oE '(examples|bindings|docs|tests|src|scripts)/[A-Za-z0-9_./-]+\.[a-z]+' "$page" | sort -u); do
        [ -e "$source_dir/$file" ] || fail "$page: $file is not there"
    done
done

tiny_models
rm generator.safetensors recogniser.safetensors
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$guide" "$editing" >guide.bash
cat >small.bash <<BASH
idinject() {
    case "\$*" in
    init*--arch\ ca2sis-id*) "$program" "\$@" --config generator.json ;;
    init*) "$program" init --arch mobilefacenet --config recogniser.json "\${@:4}" ;;
    *) "$program" "\$@" ;;
    esac
}
BASH
bash -euo pipefail -c '. ./small.bash; . ./guide.bash' >"$log/out" 2>"$log/err" || fail "the guide's lines"
for file in face.png strength_0.png strength_0.5.png strength_1.png who.npy from_numbers.png faces/one.png faces/two.png \
    hair.png whole_look.png mixed.png somebody.png parts.png between.png half.png beyond.png two_to_one.png \
    one_person.png nobody.png edits/hair.png edits/nobody.png; do
    [ -s "$file" ] || fail "the guide's lines did not write $file"
done
same face.png strength_1.png
same face.png from_numbers.png
