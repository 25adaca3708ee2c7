"""browser.py PROGRAM ROOT: the page in headless Chromium, driven through ChromeDriver: it says nothing on the console and asks for
nothing, its timeline is there, folds open by the keyboard alone, nothing is wider than a phone, text has contrast in both themes,
headings and tables are in order; and the page of a loop of ten thousand cycles is small."""
import copy
import datetime
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import uuid

program, root = sys.argv[1:3]
incident = os.path.join(root, "fixtures", "scenarios", "incident", "dump")
CYCLES = 10000
MANY = 300


def page(path, *arguments):
    env = dict(os.environ, LC_ALL="C", SOURCE_DATE_EPOCH="1709251200")
    subprocess.run([program, "scan", "--quiet", "--format", "html", "-o", path, *arguments], env=env, check=True)
    return path


def long_dump(directory):
    """One cycle of the incident, again and again, 150 s apart."""
    records = []
    for name in glob.glob(os.path.join(incident, "**", "*.json"), recursive=True):
        with open(name, encoding="utf-8") as f:
            records += json.load(f)["Records"]
    records.sort(key=lambda r: r["eventTime"])
    wanted = ["PutEvaluations", "StartAutomationExecution", "RemovePermission20150331v2", "AddPermission20150331v2"]
    cycle, at = [], 0
    for record in records:
        if at < len(wanted) and record["eventName"] == wanted[at] and "errorCode" not in record:
            cycle.append(record)
            at += 1
    assert at == len(wanted), "the incident holds no cycle"
    out = []
    for i in range(CYCLES):
        for record in cycle:
            new = copy.copy(record)
            t = datetime.datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(seconds=150 * i)
            new["eventTime"] = t.strftime("%Y-%m-%dT%H:%M:%SZ")
            new["eventID"] = str(uuid.UUID(int=uuid.UUID(record["eventID"]).int ^ (i + 1) << 20))
            out.append(new)
    with open(os.path.join(directory, "long.json"), "w", encoding="utf-8") as f:
        json.dump({"Records": out}, f)
    return os.path.join(directory, "long.json")


def many_loops(directory):
    """Three cycles of the incident on each of MANY functions."""
    with open(long_dump(directory), encoding="utf-8") as f:
        records = json.load(f)["Records"][:12]
    out = []
    for i in range(MANY):
        for record in records:
            new = json.loads(json.dumps(record).replace("awsConfigTestLambdaFunction", f"function-{i}"))
            new["eventID"] = str(uuid.UUID(int=uuid.UUID(record["eventID"]).int ^ (i + 1) << 60))
            if new["eventName"] == "StartAutomationExecution":
                new["requestParameters"]["parameters"]["FunctionName"] = [f"function-{i}"]
            out.append(new)
    with open(os.path.join(directory, "many.json"), "w", encoding="utf-8") as f:
        json.dump({"Records": out}, f)
    return os.path.join(directory, "many.json")


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                self.base = f"http://127.0.0.1:{found.group(1)}/session"
                break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]}
        found = self.send("", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.base += "/" + found["sessionId"]

    def send(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def js(self, text, *arguments):
        return self.send("/execute/sync", {"script": text, "args": list(arguments)})

    def cdp(self, command, **params):
        return self.send("/goog/cdp/execute", {"cmd": command, "params": params})

    def press(self, *keys):
        actions = [a for k in keys for a in ({"type": "keyDown", "value": k}, {"type": "keyUp", "value": k})]
        self.send("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def log(self, kind):
        return self.send("/se/log", {"type": kind})

    def open(self, path):
        self.log("performance"), self.log("browser")
        self.send("/url", {"url": "file://" + path})

    def requests(self):
        events = [json.loads(e["message"])["message"] for e in self.log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def end(self):
        """The browser first: it would outlive its driver."""
        request = urllib.request.Request(self.base, method="DELETE")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()
        self.driver.terminate()
        self.driver.wait()


CONTRAST = """
const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
const behind = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor; if (!/, 0\\)|transparent/.test(b)) return b; }
  return 'rgb(255,255,255)'; };
let worst = [99, ''];
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const a = lum(getComputedStyle(e).color), b = lum(behind(e)), r = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (r < worst[0]) worst = [r, e.outerHTML.slice(0, 80)];
}
// what an SVG writes stands on the page, on a band, or on the silence after the stop
const on = {in: '.band, rect.band.odd', stop: 'rect.silence'};
for (const e of document.querySelectorAll('svg text')) {
  const under = [...(on[e.className.baseVal] ? document.querySelectorAll(on[e.className.baseVal]) : [])].map(x => getComputedStyle(x).fill);
  const a = lum(getComputedStyle(e).fill);
  for (const back of under.length ? under : [behind(e)]) {
    const b = lum(back), r = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (r < worst[0]) worst = [r, e.outerHTML.slice(0, 80)];
  }
}
return worst;
"""

STRUCTURE = """
const out = [], levels = [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1]);
if (levels.filter(l => l === 1).length !== 1) out.push('not one h1');
levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) out.push('a heading is left out before number ' + i); });
for (const t of document.querySelectorAll('th')) if (!t.scope) out.push('th without scope: ' + t.textContent);
for (const t of document.querySelectorAll('table')) if (!t.caption) out.push('a table without caption');
for (const s of document.querySelectorAll('svg[role=img]')) if (!s.hasAttribute('aria-labelledby') && !s.hasAttribute('aria-label')) out.push('an image without a name');
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
if (new Set(ids).size !== ids.length) out.push('an id twice');
for (const e of document.querySelectorAll('[aria-labelledby]')) for (const i of e.getAttribute('aria-labelledby').split(' ')) if (!document.getElementById(i)) out.push('no ' + i);
if (!document.querySelector('main') || !document.querySelector('header') || !document.querySelector('footer')) out.push('a landmark is missing');
if (document.querySelector('script,link,img,iframe,object,style[src],[onclick],[onload]')) out.push('something is loaded or run');
return out;
"""


def check(condition, what):
    if not condition:
        sys.exit(what)


def look_at(browser, path):
    browser.open(path)
    check(browser.requests() == ["file://" + path], "the page asks for something")
    check(browser.log("browser") == [], "something on the console")
    check(browser.js(STRUCTURE) == [], f"structure: {browser.js(STRUCTURE)}")
    box = browser.js("const r = document.querySelector('svg.timeline').getBoundingClientRect(); return [r.width, r.height]")
    check(box[0] > 300 and box[1] > 100, f"the timeline is {box}")
    check(browser.js("return document.querySelectorAll('svg.timeline title, svg.timeline desc').length") >= 2, "no title or description")
    marks = browser.js("return [...document.querySelectorAll('svg.timeline path')].filter(p => p.getBBox().width > 0).length")
    check(marks >= 4, f"{marks} lanes have marks")
    for theme in "light", "dark":
        browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        worst = browser.js(CONTRAST)
        check(worst[0] >= 4.5, f"{theme}: contrast {worst}")
    for width in 360, 800, 1400:
        browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        wide = browser.js("return document.documentElement.scrollWidth")
        check(wide <= width, f"{wide} pixels wide on a screen of {width}")
    browser.cdp("Emulation.clearDeviceMetricsOverride")


def folds_work_without_a_mouse(browser, path):
    browser.open(path)
    check(browser.js("return document.querySelectorAll('details[open]').length") == 0, "a fold is open at first")
    opened = 0
    for _ in range(60):
        browser.press("\ue004")  # Tab
        if browser.js("return document.activeElement.tagName") != "SUMMARY":
            continue
        if browser.js("return document.activeElement.parentElement.open"):
            break  # round once
        browser.press("\ue007")  # Enter
        check(browser.js("return document.activeElement.parentElement.open"), "Enter does not open the fold")
        check(browser.js("const d = document.activeElement.parentElement; return d.getBoundingClientRect().height > 60"), "nothing in the fold")
        opened += 1
    check(opened >= 2, f"{opened} folds reached by the keyboard")


with tempfile.TemporaryDirectory() as work:
    short = page(os.path.join(work, "short.html"), incident)
    long = page(os.path.join(work, "long.html"), long_dump(work))
    with open(long, encoding="utf-8") as f:
        text = f.read()
    check(f">{CYCLES:,}<" in text, "the long loop was not found whole")
    check(os.path.getsize(long) < 2_000_000, f"{os.path.getsize(long)} bytes")
    many = page(os.path.join(work, "many.html"), many_loops(work))
    with open(many, encoding="utf-8") as f:
        check(f"{MANY} remediation loops found" in f.read(), "not all loops were found")
    check(os.path.getsize(many) < 2_000_000, f"{os.path.getsize(many)} bytes of {MANY} loops")
    browser = Browser()
    try:
        for path, drawings in (short, 1), (long, 2):  # where cycles run into each other the last ones are drawn close up
            look_at(browser, path)
            check(browser.js("return document.querySelectorAll('svg.timeline').length") == drawings, "the close-up")
        elements = browser.js("return document.querySelectorAll('*').length")
        check(elements < 3000, f"{elements} elements")
        folds_work_without_a_mouse(browser, short)
    finally:
        browser.end()
    print(f"a page of {MANY} loops: {os.path.getsize(many)} bytes")
    print(f"a page of {os.path.getsize(short)} bytes; of {CYCLES} cycles {os.path.getsize(long)} bytes, {elements} elements")
