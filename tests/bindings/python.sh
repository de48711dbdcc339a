#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# python.sh SOURCE_DIR BUILD_DIR - the Python package: its tests against the built library, as a wheel
# that pip installs, and as a source archive that a wheel is made of. With a Python that has NumPy (and, for some of the tests, PyTorch).
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

[ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] ||
    { echo "Python does not load a library with sanitizers: skipped"; exit 77; }
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import numpy' 2>/dev/null; then python=$(command -v $candidate) && break; fi
done
[ -n "$python" ] || { echo "no Python with NumPy (Debian: python3-numpy): skipped"; exit 77; }
"$python" -c 'import torch' 2>/dev/null || echo "PyTorch is not installed: its tests are skipped"

export PYTHONDONTWRITEBYTECODE=1 IDINJECT_LIBRARY=$build_dir/libidinject.so
# One thread, so that results repeat to the bit beside whatever else Python loads: PyTorch changes how
# many threads OpenBLAS divides a sum among.
export OMP_NUM_THREADS=1
package=$source_dir/bindings/python
tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --size 64 --out who.png
ok generate --model generator.safetensors --recogniser recogniser.safetensors --mask where.png \
    --style how.png --identity who.png --out wanted.png
path=$package:$source_dir/tests/bindings:$source_dir/tests/cli
PYTHONPATH=$path "$python" "$source_dir/tests/bindings/test_python.py" "$source_dir/tests/abi/abi.py" \
    "$source_dir/include" >"$log/out" 2>&1 || { cat "$log/out"; fail "test_python.py"; }
PYTHONPATH=$path "$python" "$source_dir/tests/bindings/test_python_work.py" >"$log/out" 2>&1 ||
    { cat "$log/out"; fail "test_python_work.py"; }

# The page's lines, but those for a GPU, on small data.
cat >recipe.json <<'JSON'
{"network": {"arch": "mobilefacenet", "input_side": 32, "embedding_dim": 8, "width": 4, "blocks": [1, 1, 1, 0]},
 "steps": 2, "data": {"people": [0, 3], "photos": 2}, "batch": {"people": 4}}
JSON
{
    cat <<'PYTHON'
import numpy as np, idinject
labels = idinject.load_labels("where.png")
others, maps = labels[:, ::-1], np.stack([labels, labels])
tensor = np.empty((2, 64, 64, 3), np.float32)
jobs = [{"labels": "where.png", "style": "how.png", "identity": "who.png", "out": "page.png"}]
PYTHON
    awk '/^```python$/ { code = ""; inside = 1; next }
         /^```$/ { if (inside && code !~ /cuda/) printf "%s", code; inside = 0 }
         inside { code = code $0 "\n" }' "$package/README.md" |
        sed -E 's/session\(batch=8\)/session(batch=2)/; s/generate\(maps, styles, identities/generate(maps, [how] * 2, [who] * 2/
            s/people=100/people=12/; s/generator, people,/generator, people, attacks=4,/
            s/style = how.mix/other = how; style = how.mix/; s/steps=60/steps=1/'
} >page.py
PYTHONPATH=$package "$python" page.py >"$log/out" 2>"$log/err" || fail "README.md's lines"
[ -s report.json ] && [ -s strength.apng ] && [ -s folder/model.safetensors ] && [ -s page.png ] ||
    fail "README.md's lines left no files"

# The wheel. (With IDINJECT_LIBRARY it is made without building the library again.)
mkdir wheels
(cd "$package" && "$python" -c 'import build_backend, sys; print(build_backend.build_wheel(sys.argv[1]))' \
    "$scratch/wheels") >"$log/out" 2>"$log/err" || fail "build_wheel"
says "-py3-none-any.whl"
"$python" -m zipfile -e wheels/*.whl site
[ -f site/idinject/py.typed ] || fail "the wheel lacks py.typed"
PYTHONPATH=site "$python" -c 'import idinject; print(idinject.__version__, idinject.__file__)' >"$log/out" || fail "the wheel's package"
says "$scratch/site"
if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m pip install -q --no-index --no-deps --target by_pip "$package" >"$log/out" 2>"$log/err" || fail "pip install"
    PYTHONPATH=by_pip "$python" -c 'import idinject' || fail "what pip installed"
fi

# The source archive: the repository's files that the library and the package are made of, no others;
# CMake takes them, and what is built of the archive is what is built of the repository.
backend() { # FOLDER EXPRESSION
    (cd "$1" && "$python" -c "import build_backend; print(build_backend.$2)") >"$log/out" 2>"$log/err"
}
mkdir archives again unpacked wheel_of_archive
backend "$package" "build_sdist('$scratch/archives')" || fail "build_sdist"
says "idinject-0.1.0.tar.gz"
tar -xzf archives/idinject-0.1.0.tar.gz -C unpacked
top=$scratch/unpacked/idinject-0.1.0
(cd "$top" && find . -type f | grep -v -e '^./PKG-INFO$' -e '^./pyproject.toml$' | sort) >archived
if git -C "$source_dir" ls-files --error-unmatch CMakeLists.txt >/dev/null 2>&1; then
    (cd "$source_dir" && git ls-files -co --exclude-standard CMakeLists.txt LICENSE README.md CHANGELOG.md \
        docs/Doxyfile.in scripts/man.sh cmake include src cuda bindings | sed 's,^,./,' | sort) >kept
    diff kept archived >"$log/out" || fail "the archive's files are not the repository's: $(cat "$log/out")"
fi
while read -r file; do same "$source_dir/$file" "$top/$file" "in the archive"; done <archived
backend "$top/bindings/python" "build_sdist('$scratch/again')" || fail "build_sdist of the archive"
same archives/idinject-0.1.0.tar.gz again/idinject-0.1.0.tar.gz "an archive of the archive"
cmake -S "$top" -B configured -DIDI_BUILD_TESTS=OFF -DIDI_BUILD_BENCH=OFF >"$log/out" 2>"$log/err" ||
    fail "CMake on the archive"
backend "$top/bindings/python" "build_wheel('$scratch/wheel_of_archive')" || fail "build_wheel of the archive"
same wheels/*.whl wheel_of_archive/*.whl "a wheel of the archive"
if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m pip install -q --no-index --no-deps --target of_archive archives/idinject-0.1.0.tar.gz \
        >"$log/out" 2>"$log/err" || fail "pip install of the archive"
    PYTHONPATH=of_archive "$python" -c 'import idinject' || fail "what pip installed of the archive"
fi
# A folder that was taken out of the repository is told what it lacks.
cp -r "$package" alone
if backend alone "build_wheel('$scratch')"; then fail "a wheel without sources"; fi
grep -q 'include/idinject/version.h is not in' "$log/err" || fail "the sentence does not say what is missing"

# Without a library the sentence says what to do.
if IDINJECT_LIBRARY=/nowhere.so PYTHONPATH=$package "$python" -c 'import idinject' 2>"$log/err"; then fail "no library"; fi
grep -q 'name it in IDINJECT_LIBRARY' "$log/err" || fail "the sentence does not say what to do"
