import html
import json
import shutil
import subprocess

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Each width in a frame, of which the title tells what was found.
FRAMES = """<!doctype html><title></title><body>{frames}<script>
onload = () => {{
  document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(
    ({{contentWindow: inner}}) => [
      inner.innerWidth,
      inner.document.documentElement.scrollWidth
        <= inner.document.documentElement.clientWidth,
      inner.performance.getEntriesByType("resource").length,
      [...inner.document.images].every(image => image.naturalWidth > 0),
    ]
  ));
}};
</script>"""


def test_the_report_fits_any_width_and_asks_for_nothing(labeled_run, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser")
    _, output, _ = labeled_run
    report = html.escape((output / "report.html").read_text("utf-8"))
    frames = "".join(
        f'<iframe width="{width}" height="900" frameborder="0" '
        f'srcdoc="{report}"></iframe>'
        for width in (360, 1280)
    )
    path = tmp_path / "frames.html"
    path.write_text(FRAMES.format(frames=frames), "utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    found = subprocess.run(
        [browser, *options, profile, path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    title = found.partition("<title>")[2].partition("</title>")[0]
    assert json.loads(title) == [[360, True, 0, True], [1280, True, 0, True]]
