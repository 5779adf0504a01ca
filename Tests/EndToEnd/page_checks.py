"""What the suite `page` asks of pages in a browser. Prints a line for each check: pass or FAILED, and
what it was."""

import csv
import io
import json
import re
import subprocess
import sys
import traceback

sys.dont_write_bytecode = True
from browser import Browser  # noqa: E402

analyzer = sys.argv[1]


def check(name, holds, seen=""):
    print("pass" if holds else "FAILED", name, "" if holds else f"({str(seen)[:300]})", flush=True)


def report(*words):
    out = subprocess.run([analyzer, *words, "--json"], capture_output=True, check=True)
    return json.loads(out.stdout)


def rows_of(page):
    """The rows of the table that is shown, as its CSV has them."""
    text = page.evaluate("""(async () => {
      const make = URL.createObjectURL;
      let blob;
      URL.createObjectURL = (given) => { blob = given; return make.call(URL, given); };
      HTMLAnchorElement.prototype.click = () => {};
      [...document.querySelectorAll('#tables .bar button')].find((b) => b.textContent === 'CSV').click();
      URL.createObjectURL = make;
      return blob.text();
    })()""")
    return list(csv.reader(io.StringIO(text)))[1:]


def go(page, fragment):
    page.evaluate(f"location.hash = {json.dumps(fragment)}")
    page.settle()
    page.settle()


VALUE = {"bytes": "allocatedBytes", "allocations": "allocations", "peak": "peakBytes",
         "leaked": "leakedBytes", "temporary": "temporaryAllocations"}
BLOCKS = {"bytes": "allocations", "allocations": "allocations", "peak": "peakBlocks",
          "leaked": "leakedAllocations", "temporary": "temporaryAllocations"}


def check_figures(browser, trace, file):
    """Four groupings and five costs, each group's own and total value and name."""
    page = browser.page(file)
    for view, grouping in (("functions", "function"), ("lines", "line"), ("files", "file"),
                           ("modules", "module")):
        for cost, member in VALUE.items():
            go(page, f"#view={view}&cost={cost}")
            seen = sorted((row[5], int(row[0]), int(row[2]), int(row[4])) for row in rows_of(page))
            groups = report("top", "--group-by", grouping, "--inclusive", "--by", cost,
                            "--limit", "0", trace)["groups"]
            expected = sorted(
                (name_of(group, grouping), group["self"][member], group["inclusive"][member],
                 group["inclusive"][BLOCKS[cost]]) for group in groups)
            check(f"{file}: {grouping} by {cost}", seen == expected,
                  [pair for pair in zip(seen, expected) if pair[0] != pair[1]][:2])
    totals = report("summary", trace)["totals"]
    for cost, member in VALUE.items():
        go(page, f"#cost={cost}&view=functions")
        total = int(totals[member])
        own = sum(int(row[0]) for row in rows_of(page))
        check(f"{file}: functions' own {cost} add up", own == total, (own, total))
    page.close()


def check_stacks(browser):
    """The stacks' values; JSON has stacks with all their frames, and so has a page that is --raw."""
    page = browser.page("raw.html")
    for cost in ("bytes", "allocations", "peak", "own-peak", "wasted", "leaked", "temporary"):
        go(page, f"#view=stacks&cost={cost}")
        seen = sorted(int(row[0]) for row in rows_of(page))
        member = {"own-peak": "ownPeakBytes", "wasted": "wastedBytes"}.get(cost) or VALUE[cost]
        stacks = report("top", "--raw", "--by", cost, "--limit", "0", "containers.bin")["stacks"]
        expected = sorted(stack[member] for stack in stacks)
        check(f"stacks by {cost}", seen == expected, (seen[:6], expected[:6]))
    page.close()


def check_windows(browser, trace, file):
    """Windows of whole intervals: the figures of --from and --to at their edges."""
    page = browser.page(file)
    facts = page.evaluate("""(async () => {
      const raw = atob(document.getElementById('data').textContent.trim());
      const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
      const all = new Uint8Array(await new Response(stream).arrayBuffer());
      const end = 4 + new DataView(all.buffer).getUint32(0, true);
      const facts = JSON.parse(new TextDecoder().decode(all.subarray(4, end)));
      return [facts.intervals, facts.intervalNanoseconds];
    })()""")
    intervals, width = facts
    check("there are 200 intervals at least", intervals >= 200, intervals)
    windows = [(0, 1), (0, 100), (0, intervals), (1, 2), (20, 60), (64, 128), (100, 101), (100, 200),
               (intervals // 2, intervals), (intervals - 1, intervals), (37, 251)]
    shows = {"bytes": "allocated", "live": "live", "retained": "retained", "freed": "freed"}
    seen_any = 0
    for number, (start, end) in enumerate(windows):
        words = ["--from", f"{start * width}ns"]
        if end < intervals:
            words += ["--to", f"{end * width}ns"]
        for cost, show in shows.items():
            # Which of the blocks were freed takes all groupings in some of the windows alone.
            groupings = (("functions", "function"), ("lines", "line"), ("files", "file"), ("modules", "module"))
            for view, grouping in groupings[:1] if cost == "freed" and number % 4 else groupings:
                go(page, f"#view={view}&cost={cost}&window={start}-{end}")
                seen = sorted((row[5], int(row[0]), int(row[2]), int(row[4])) for row in rows_of(page))
                groups = report("top", "--group-by", grouping, "--inclusive", "--by", "bytes", "--show", show,
                                "--limit", "0", trace, *words)["groups"]
                expected = sorted(
                    (name_of(group, grouping), group["self"]["allocatedBytes"], group["inclusive"]["allocatedBytes"],
                     group["inclusive"]["allocations"]) for group in groups)
                seen_any += len(seen)
                check(f"window {start}-{end}: {grouping}, {show}", seen == expected,
                      [pair for pair in zip(seen, expected) if pair[0] != pair[1]][:2] or (len(seen), len(expected)))
        told = page.evaluate("document.querySelector('#tables .preface').textContent")
        peak = report("peak", "--show", "present", trace, *words)
        found = re.search(r"in which .* in ([\d,]+) blocks? were live at most", told)
        check(f"window {start}-{end}: the most that was live",
              found and int(found[1].replace(",", "")) == peak["peakBlocks"], (told, peak["peakBytes"], peak["peakBlocks"]))
    check("windows have figures", seen_any > 100, seen_any)

    # By hand: a drag chooses, the button goes back.
    go(page, "#")
    left, top, wide, high = page.evaluate(
        "(() => { const r = document.querySelector('#time svg').getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()")
    for kind, x in (("mousePressed", 0.3), ("mouseMoved", 0.4), ("mouseMoved", 0.6), ("mouseReleased", 0.6)):
        page.command("Input.dispatchMouseEvent", type=kind, x=left + wide * x, y=top + high / 3, button="left",
                     buttons=1, clickCount=1)
    page.settle()
    check("a drag chooses a window", re.search(r"window=\d+-\d+", page.evaluate("location.hash")),
          page.evaluate("location.hash"))
    check("its costs are a window's", page.evaluate(
        "[...document.getElementById('cost').options].map((option) => option.value).join()")
        == "live,bytes,allocations,retained,freed")
    check("the tables say so", "Of the window from" in page.evaluate("document.querySelector('.preface').innerText"))
    page.evaluate("document.getElementById('whole').click()")
    page.settle()
    check("a button goes back to the whole run", "window" not in page.evaluate("location.hash")
          and page.evaluate("document.getElementById('whole') === null"))
    check("windows: no complaint", page.complaints == [], page.complaints)
    page.close()


def name_of(group, grouping):
    if grouping == "module":
        return group.get("module") or "[no module]"
    if group.get("file") and group.get("line"):
        return f"{group['file']}:{group['line']}"
    if grouping == "file":
        return group.get("file") or group.get("module") or "[no module]"
    name = group["function"]
    name = "[no stack recorded]" if name == "[no stack]" else name
    return f"{name} ({group['definedAt']})" if group.get("definedAt") else name


def check_use(browser):
    page = browser.page("containers.html")
    check("nothing is loaded", all(url.startswith(("file:", "blob:", "data:")) for url in page.requests),
          page.requests)
    check("one request alone", len([url for url in page.requests if url.startswith("file:")]) == 1,
          page.requests)
    text = page.evaluate("document.body.innerText")
    summary = report("summary", "containers.bin")
    check("the head says how it ended", "exited with code 0" in text)
    check("every verdict is told", page.evaluate("document.querySelectorAll('.verdicts .verdict').length") >= 5)
    check("the peak is told", f"{summary['totals']['peakBlocks']:,} block" in text)

    # Search.
    page.press("/")
    check("/ goes to the search", page.evaluate("document.activeElement.id") == "search")
    page.type("main")
    status = page.evaluate("document.querySelector('#flame .status').textContent")
    share = re.search(r"stacks with .*, ([<>0-9.]+) %", status)
    check("a search tells its share", share is not None and status.startswith("“main” is in"), status)
    check("the search is in the address", "search=main" in page.evaluate("location.hash"))
    page.evaluate("document.activeElement.blur()")
    go(page, "#")
    check("going back takes the search away", page.evaluate("document.getElementById('search').value") == "")

    # Zoom by pointer and keyboard.
    place = page.evaluate(
        "(() => { const r = document.querySelector('canvas').getBoundingClientRect(); "
        "scrollTo(0, scrollY + r.top - 200); const s = document.querySelector('canvas').getBoundingClientRect();"
        "return [s.left, s.top, s.width, s.height]; })()")
    page.move(place[0] + 30, place[1] + 19 * 2 + 8)
    tip = page.evaluate("document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText")
    check("a box under the pointer is told", "of all" in tip, tip)
    page.click(place[0] + 30, place[1] + 19 * 2 + 8)
    zoom = page.evaluate("location.hash")
    check("a click zooms", "zoom=" in zoom and "function=" in zoom, zoom)
    chosen = page.evaluate("document.querySelector('.detail .name')?.textContent")
    check("the chosen function is told", bool(chosen))
    picked = page.evaluate("document.querySelector('tr[aria-selected] td.name')?.textContent ?? ''")
    check("its row is chosen", picked in ("", chosen), (picked, chosen))
    page.evaluate("document.querySelector('canvas').focus({preventScroll: true})")
    page.press("Escape")
    check("Escape zooms out", "zoom=" not in page.evaluate("location.hash"))
    page.press("ArrowDown")
    page.press("ArrowDown")
    page.press("Enter")
    check("arrows and Enter zoom", "zoom=" in page.evaluate("location.hash"))
    page.evaluate("document.getElementById('around').click()")
    page.settle()
    check("around a function there are two pictures", page.evaluate("document.querySelectorAll('canvas').length") == 2)
    check("that is in the address", "tree=around" in page.evaluate("location.hash"))
    for tree in ("up", "flame", "down"):
        page.evaluate(f"document.querySelector('[data-tree={tree}]').click()")
        page.settle()
        check(f"direction {tree}", page.evaluate(
            f"document.querySelector('[data-tree={tree}]').getAttribute('aria-pressed')") == "true")

    # A deep link shows what its sender saw.
    link = "#cost=allocations&view=lines&tree=up&search=insert&sort=total&filter=con"
    other = browser.page("containers.html", fragment=link)
    state = other.evaluate("""[document.getElementById('cost').value,
      document.querySelector('[role=tab][aria-selected=true]').dataset.view,
      document.querySelector('[data-tree][aria-pressed=true]').dataset.tree,
      document.getElementById('search').value,
      document.querySelector('[aria-sort]')?.textContent + document.querySelector('[aria-sort]')?.getAttribute('aria-sort'),
      document.querySelector('#tables input').value]""")
    check("a link shows the same", state == ["allocations", "lines", "up", "insert", "Totalascending", "con"], state)
    check("a link is kept", other.evaluate("location.hash") == link, other.evaluate("location.hash"))
    check("no complaint about a link", other.complaints == [], other.complaints)
    other.close()

    # Sort and filter.
    go(page, "#view=functions&cost=bytes")
    page.evaluate("document.querySelector('th.total button').click()")
    page.settle()
    totals = [int(row[2]) for row in rows_of(page)]
    check("a head sorts, the largest first", totals == sorted(totals, reverse=True) and len(totals) > 3, totals)
    page.evaluate("document.querySelector('th.name button').click()")
    page.settle()
    names = [row[5] for row in rows_of(page)]
    check("names sort as text", names == sorted(names), names)
    page.evaluate("document.querySelector('#tables input').focus({preventScroll: true})")
    page.type("main")
    few = [row[5] for row in rows_of(page)]
    check("a filter leaves what fits", 0 < len(few) < len(names)
          and all("main" in " ".join(row).lower() for row in rows_of(page)), few)
    page.evaluate("document.querySelector('tbody tr').click()")
    page.settle()
    check("a row opens to its stacks", page.evaluate("document.querySelectorAll('tr.opened .frames li').length") > 0)
    check("a row chooses its function", "function=" in page.evaluate("location.hash"))
    check("the chosen row is marked", page.evaluate("document.querySelectorAll('tr[aria-selected]').length") == 1)

    # Every table can be shown.
    for view in page.evaluate("[...document.querySelectorAll('[role=tab]')].map((tab) => tab.dataset.view)"):
        page.evaluate(f"document.getElementById('tab-{view}').click()")
        page.settle()
        check(f"table {view}", page.evaluate("document.querySelector('#tables thead') !== null"))
        odd = page.evaluate("""[...document.querySelectorAll('#tables th, #tables td')]
          .filter((cell) => getComputedStyle(cell).display !== 'table-cell' ||
            (cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).overflowX === 'visible'))
          .filter((cell) => !cell.closest('tr.opened')).map((cell) => cell.className)""")
        check(f"table {view}: nothing covers its neighbour", odd == [], odd[:4])

    # Every figure of a verdict leads somewhere.
    for number in range(page.evaluate("document.querySelectorAll('.verdicts a').length")):
        page.evaluate(f"document.querySelectorAll('.verdicts a')[{number}].click()")
    page.settle()
    check("no complaint", page.complaints == [], page.complaints)

    # Narrow, dark, on paper.
    for width in (390, 1280):
        page.resize(width, 800)
        page.settle()
        page.settle()
        check(f"nothing sticks out at {width}", page.evaluate("document.documentElement.scrollWidth") <= width,
              page.evaluate("document.documentElement.scrollWidth"))
    colours = []
    for is_dark in (False, True):
        other = browser.page("containers.html", is_dark=is_dark)
        colours.append(other.evaluate("getComputedStyle(document.body).backgroundColor"))
        other.close()
    check("dark is another page", colours[0] != colours[1], colours)
    paper = page.command("Page.printToPDF")["data"]
    check("it prints", len(paper) > 10_000)
    page.close()


def check_names(browser):
    """Nothing of a trace is more than text."""
    def look(file):
        page = browser.page(file)
        for view in ("functions", "stacks", "modules", "threads", "leaks"):
            go(page, f"#view={view}&cost=leaked&function=1")
        page.settle()
        found = page.evaluate("""[window.hostile === undefined,
          document.querySelectorAll('main img, main script, header img, header script, b').length,
          document.querySelectorAll('script').length]""")
        text = page.evaluate("document.body.innerText")
        complaints = list(page.complaints)
        page.close()
        return found, complaints, text

    found, complaints, text = look("hostile.html")
    check("hostile names: nothing runs", found == [True, 0, 2], found)
    check("hostile names: no complaint", complaints == [], complaints)
    check("hostile names are told", '<img src=x onerror="window.hostile=2">' in text)
    check("hidden letters are spelled out", "\\u{202e}" in text and "\u202e" not in text)

    # The same page without its care, to know that the look above sees.
    with open("hostile.html", encoding="utf-8") as file:
        page = file.read()
    careless = page.replace("return document.createTextNode(text);",
                            "return document.createRange().createContextualFragment(text);")
    careless = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", careless)
    with open("careless.html", "w", encoding="utf-8") as file:
        file.write(careless)
    found, _, _ = look("careless.html")
    check("a careless page is found out", careless != page and (found[0] is False or found[1] > 0), found)
    # And with its policy: what became markup still does not run.
    policed = page.replace("return document.createTextNode(text);",
                           "return document.createRange().createContextualFragment(text);")
    check("the policy has the script's digest", policed != page)

    page = browser.page("redacted.html")
    text = page.evaluate("document.documentElement.innerText + document.title")
    check("redacted: no command line, mark, or directory",
          "window.hostile=5" not in text and "window.hostile = 'mark'" not in text and "/hostile/" not in text, text)
    check("redacted: it says so", "Redacted" in text)
    page.close()


def check_rest(browser):
    page = browser.page("quick.html")
    check("--quick says what is left out", "Made with --quick" in page.evaluate("document.body.innerText"))
    check("--quick: no complaint", page.complaints == [], page.complaints)
    page.close()
    page = browser.page("small.html")
    text = page.evaluate("document.getElementById('folding').textContent")
    check("what is added up is told", re.search(r"smaller stacks? of .* added up", text), text)
    go(page, "#view=functions&cost=bytes")
    total = sum(int(row[0]) for row in rows_of(page))
    whole = report("summary", "containers.bin")["totals"]["allocatedBytes"]
    check("what is added up is exact", total == whole, (total, whole))
    check("a small page: no complaint", page.complaints == [], page.complaints)
    page.close()


def check_phases(browser):
    page = browser.page("phased.html")
    go(page, "#view=phases")
    members = ("entered", "timeNanoseconds", "initialBytes", "peakBytes", "finalBytes", "growthBytes", "allocations",
               "temporaryAllocations", "name")
    phases = report("phases", "phased.bin")["phases"]
    seen = rows_of(page)
    expected = [[str(phase[member]) for member in members] for phase in phases]
    check("the phases are the report's", seen == expected and len(seen) == 2, (seen, expected))
    go(page, "#view=snapshots")
    snapshots = report("snapshots", "phased.bin")["snapshots"]
    expected = [[str(snapshot[member]) for member in ("timeNanoseconds", "liveBytes", "liveBlocks", "residentBytes",
                                                      "label")] for snapshot in snapshots]
    check("the snapshots are the report's", rows_of(page) == expected and len(expected) == 1, (rows_of(page), expected))

    # A phase opens to its times, and each of these to its window.
    go(page, "#view=phases")
    page.evaluate("document.querySelector('#tables tbody tr').click()")
    page.settle()
    buttons = "[...document.querySelectorAll('#tables ol.times button')]"
    check("a phase opens to its times", page.evaluate(f"{buttons}.length") == 2)
    page.evaluate(f"{buttons}[0].click()")
    page.settle()
    fragment = page.evaluate("location.hash")
    check("a time of a phase is a window", re.search(r"window=\d+-\d+", fragment), fragment)
    told = page.evaluate("document.querySelector('#flame .status').textContent")
    check("the flame graph is of that window", " to " in told, told)
    page.close()

    page = browser.page("phased-redacted.html")
    go(page, "#view=phases")
    check("redacted: no phase's name", [row[-1] for row in rows_of(page)] == ["phase 1", "phase 2"], rows_of(page))
    page.close()


def check_layers(browser):
    page = browser.page("courses.html")
    areas = "[...document.querySelectorAll('#time path.layer')]"
    check("the heap is whole at first", page.evaluate(f"{areas}.length") == 0)
    for grouping in ("function", "module", "file"):
        page.evaluate(f"""(() => {{
          const select = document.getElementById('layers');
          select.value = '{grouping}';
          select.dispatchEvent(new Event('change'));
        }})()""")
        page.settle()
        check(f"layers by {grouping}", page.evaluate(f"{areas}.length") > 0
              and f"layers={grouping}" in page.evaluate("location.hash"), page.evaluate("location.hash"))
        legend = page.evaluate("document.querySelector('#time .legend').textContent")
        check(f"layers by {grouping} have names", page.evaluate(f"{areas}.every((area) => area.dataset.title.length > 0)")
              and len(legend) > 5, legend)
    page.close()
    page = browser.page("courses.html", fragment="#layers=function")
    check("a link shows layers", page.evaluate(f"{areas}.length") > 0)
    # Each layer's most is what its function has live at the edge where it has most: none has more than its own peak.
    own = {group["function"]: group["self"]["ownPeakBytes"] for group in
           report("top", "--group-by", "function", "--by", "own-peak", "--limit", "0", "courses.bin")["groups"]}
    titles = page.evaluate(f"{areas}.map((area) => area.dataset.title)")
    check("layers are of functions", set(titles) - {title for title in titles if " other" in title} <= set(own),
          (titles, list(own)))
    check("layers: no complaint", page.complaints == [], page.complaints)
    page.close()
    page = browser.page("quick.html")
    check("--quick has no layers", page.evaluate("document.getElementById('layers') === null"))
    page.close()


def check_comparison(browser, file, before, after):
    """Five costs by function, with all they call and by themselves, by module and by stack."""
    page = browser.page(file)
    check(f"{file}: no complaint", page.complaints == [], page.complaints)
    questions = {"functions": ("--group-by", "function", "--inclusive"), "allocators": ("--group-by", "function"),
                 "modules": ("--group-by", "module"), "stacks": ("--group-by", "stack")}
    changed = 0
    for cost in VALUE:
        for view, words in questions.items():
            go(page, f"#view={view}&cost={cost}")
            difference = report("diff", before, after, "--by", cost, "--limit", "0", *words)
            named = view != "stacks"
            seen = sorted((int(row[0]), int(row[1]), int(row[2]), row[4] if named else "")
                          for row in rows_of(page) if int(row[0]) != 0)
            expected = sorted((row["change"], row["before"], row["after"],
                               name_of(row, words[1]) if named else "") for row in difference["changes"])
            changed += len(expected)
            check(f"{file}: {view} by {cost}", seen == expected,
                  [pair for pair in zip(seen, expected) if pair[0] != pair[1]][:2] or (len(seen), len(expected)))
        sums = page.evaluate("document.querySelector('#flame .status').textContent")
        check(f"{file}: {cost} is told as a whole", " → " in sums, sums)
    check(f"{file}: there are changes", changed > 40, changed)
    page.close()


def check_comparisons(browser):
    check_comparison(browser, "diff.html", "old.bin", "new.bin")
    check_comparison(browser, "unlike.html", "containers.bin", "courses.bin")

    page = browser.page("diff.html")
    text = page.evaluate("document.getElementById('answers').innerText")
    check("the answers say who grew and who fell", "grew most in" in text and "fell most in" in text, text)
    check("there is no time line of two runs", page.evaluate("document.getElementById('time').hidden"))
    go(page, "#view=stacks&cost=bytes")
    kinds = sorted({row[4] for row in rows_of(page)})
    check("stacks that came and went are told", kinds == ["", "gained", "lost"], kinds)
    tabs = page.evaluate(
        "[...document.querySelectorAll('#tables .tabs button')].map((tab) => tab.dataset.view).join()")
    check("the tables of a comparison", tabs == "functions,stacks,allocators,modules", tabs)
    # Boxes of what grew are red, of what shrank blue.
    colours = page.evaluate("""(() => {
      const canvas = document.querySelector('#flame canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let red = 0;
      let blue = 0;
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] > data[at + 2] + 50) red += 1;
        if (data[at + 2] > data[at] + 50) blue += 1;
      }
      return [red, blue];
    })()""")
    check("boxes are red and blue", min(colours) > 200, colours)
    page.evaluate("document.querySelector('#answers a').click()")
    page.settle()
    check("an answer's figure leads on", "cost=" in page.evaluate("location.hash"), page.evaluate("location.hash"))
    check("a comparison in use: no complaint", page.complaints == [], page.complaints)
    page.close()

    page = browser.page("same.html")
    text = page.evaluate("document.documentElement.innerText + document.title")
    check("a trace beside itself: nothing differs", "grew most" not in text and "The same on both sides" in text, text)
    check("a redacted comparison has no command line",
          "window.hostile=5" not in text and "/hostile/" not in text, text)
    check("a trace beside itself: no complaint", page.complaints == [], page.complaints)
    page.close()


def main():
    with Browser() as browser:
        for part in (lambda b: check_figures(b, "containers.bin", "containers.html"),
                     lambda b: check_figures(b, "courses.bin", "courses.html"),
                     lambda b: check_windows(b, "courses.bin", "courses.html"), check_stacks, check_use, check_names, check_rest,
                     check_phases, check_layers, check_comparisons):
            try:
                part(browser)
            except (RuntimeError, TimeoutError, OSError, subprocess.CalledProcessError):
                check("a part of the checks ran through", False, traceback.format_exc()[-1500:])


main()
