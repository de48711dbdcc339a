# SPDX-License-Identifier: Apache-2.0
# To be sourced: LD_LIBRARY_PATH for the programs of build directory $1 - the libraries that
# bundle.sh put beside them, and cuDNN and cuBLAS from the machine's Python packages, if there.
nvidia_folders=$(python3 - <<'PYTHON' 2>/dev/null || true
import glob
import nvidia
print(":".join(sorted({d for p in nvidia.__path__ for d in glob.glob(p + "/**/lib", recursive=True)})))
PYTHON
)
export LD_LIBRARY_PATH="$1/lib${nvidia_folders:+:$nvidia_folders}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
