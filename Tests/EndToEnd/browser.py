"""Drives a headless Chromium by its debugging protocol over a pipe, with the standard library alone:
opens pages, runs expressions in them, moves the pointer, types, takes pictures. What a page says on its
console is collected in `Page.complaints`."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    """A Chromium without a window; use it by `with`."""

    def __init__(self, *, timeout=60.0):
        self.timeout = timeout
        self._number = 0
        self._rest = b""
        self._sessions = {}

    def __enter__(self):
        self._home = tempfile.mkdtemp(prefix="memtrace-browser.")
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()

        def place():
            # Not onto each other: the pipe's ends may be 3 and 4 already.
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
             f"--user-data-dir={self._home}", "about:blank"],
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._home})
        os.close(to_browser)
        os.close(from_browser)
        return self

    def __exit__(self, *_):
        try:
            self.command("Browser.close")
        except (OSError, RuntimeError, TimeoutError):
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._home, ignore_errors=True)

    def command(self, method, session=None, **parameters):
        """The result of one command; events that come before it go to their pages."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + self.timeout
        number = self._number
        while True:
            answer = self._receive(end)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._tell(answer)

    def _receive(self, end):
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self._from, 1 << 20)
            if not part:
                raise RuntimeError("the browser is gone")
            self._rest += part
        line, self._rest = self._rest.split(b"\0", 1)
        return json.loads(line)

    def _tell(self, event):
        page = self._sessions.get(event.get("sessionId"))
        if page and "method" in event:
            page.take(event["method"], event["params"])

    def page(self, path, *, width=1280, height=900, is_dark=False, fragment=""):
        """Opens a file and waits until it has drawn itself."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        self._sessions[session] = page
        page.resize(width, height)
        scheme = "dark" if is_dark else "light"
        page.command("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
        for domain in ("Runtime", "Log", "Page", "Network"):
            page.command(f"{domain}.enable")
        page.command("Page.navigate", url=f"file://{os.path.abspath(path)}{fragment}")
        page.wait("document.body?.classList.contains('ready') || document.querySelector('.damage')")
        return page


class Page:
    """One tab."""

    def __init__(self, browser, session, target):
        self.browser = browser
        self.session = session
        self.target = target
        self.complaints = []
        self.requests = []

    def command(self, method, **parameters):
        return self.browser.command(method, self.session, **parameters)

    def take(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled":
            words = [str(value.get("value", value.get("description"))) for value in parameters["args"]]
            self.complaints.append(f"console.{parameters['type']}: {' '.join(words)}")
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def evaluate(self, expression):
        """The value of an expression, or of the promise that it is."""
        answer = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "?"))
        return answer["result"].get("value")

    def wait(self, expression):
        """Waits until an expression holds."""
        end = time.monotonic() + self.browser.timeout
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; {self.complaints}")
            time.sleep(0.02)

    def settle(self):
        """Waits until two frames were drawn."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def resize(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride",
                     width=width, height=height, deviceScaleFactor=1, mobile=False)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def move(self, x, y):
        self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.settle()

    def press(self, key, text=None):
        names = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38,
                 "ArrowLeft": 37, "ArrowRight": 39}
        more = {"text": text} if text else {}
        self.command("Input.dispatchKeyEvent", type="keyDown", key=key, code=key,
                     windowsVirtualKeyCode=names.get(key, 0), **more)
        self.command("Input.dispatchKeyEvent", type="keyUp", key=key, code=key,
                     windowsVirtualKeyCode=names.get(key, 0))
        self.settle()

    def type(self, text):
        self.command("Input.insertText", text=text)
        self.settle()

    def screenshot(self, path, *, whole=False):
        picture = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def height(self):
        return self.evaluate("document.documentElement.scrollHeight")

    def close(self):
        self.browser.command("Target.closeTarget", targetId=self.target)
