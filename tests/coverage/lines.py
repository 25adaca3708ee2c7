#!/usr/bin/env python3
"""lines.py BUILD WHAT: which lines of src were run, from what gcov says of each object in BUILD. A line that is compiled
several times (a header, code for several sets of instructions) was run if one of them was. Prints one line of figures
and writes BUILD/uncovered-WHAT.txt, `file:line: text` for each line that was not run. (gcovr 5 gives up where a function of one name is
compiled at two lines.) Ends with 1 below 95 %."""
import gzip, json, os, subprocess, sys, tempfile
build, what = os.path.abspath(sys.argv[1]), sys.argv[2]
root = os.getcwd()
data = [os.path.join(d, f) for d, _, fs in os.walk(os.path.join(build, 'src')) for f in fs if f.endswith('.gcda')]
data += [os.path.join(d, f) for d, _, fs in os.walk(os.path.join(build, 'trailloop.p')) for f in fs if f.endswith('.gcda')]
run = {}
with tempfile.TemporaryDirectory() as tmp:
    for i in range(0, len(data), 20):
        out = subprocess.run(['gcov', '--json-format', '--stdout'] + data[i:i + 20], cwd=tmp, capture_output=True, check=True).stdout
        for doc in out.splitlines():
            doc = json.loads(doc)
            for f in doc['files']:
                path = os.path.relpath(os.path.join(doc['current_working_directory'], f['file']), root)
                if not path.startswith('src/'):
                    continue
                for line in f['lines']:
                    key = path, line['line_number']
                    run[key] = run.get(key, False) or line['count'] != 0
n_run = sum(run.values())
with open(os.path.join(build, f'uncovered-{what}.txt'), 'w') as out:
    for path in sorted({p for p, _ in run}):
        text = open(path, errors='replace').read().split('\n')
        for n in sorted(n for p, n in run if p == path and not run[p, n]):
            out.write(f'{path}:{n}: {text[n - 1].strip()}\n')
print(f'{what}: {n_run} of {len(run)} lines of src, {100 * n_run / len(run):.1f} %')
sys.exit(n_run < 0.95 * len(run))
