"""chain.py DIR: reads every record, each eventID once, and looks for the incident's chain. Prints what it found."""
import glob, gzip, json, sys

seen, steps = set(), {}
for path in sorted(glob.glob(sys.argv[1] + "/*.json.gz")):
    with gzip.open(path) as f:
        for r in json.load(f)["Records"]:
            if r["eventID"] in seen:
                continue
            seen.add(r["eventID"])
            name = r["eventName"]
            if name.startswith(("PutEvaluations", "StartAutomationExecution", "RemovePermission", "AddPermission")):
                if not r.get("errorCode"):
                    steps.setdefault((r.get("recipientAccountId"), r["awsRegion"]), []).append((r["eventTime"], name))
found = 0
for names in steps.values():
    names = [name for _, name in sorted(names)]
    for i in range(len(names) - 3):
        found += (names[i][:3], names[i + 1][:3], names[i + 2][:3], names[i + 3][:3]) == ("Put", "Sta", "Rem", "Add")
print(found)
