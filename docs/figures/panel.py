"""What the figures of docs/figures/draw-kinds are made of: regions of a k-NN classifier in the plane, and shapes of SVG."""

import itertools

import numpy as np

DARK = ("#0072b2", "#d55e00", "#009e73")  # of the rows of a class
PALE = ("#cfe3f5", "#fbdcc8", "#cdeade")  # of the region in which it is predicted
INK, GREY = "#111111", "#666666"
WIDTH, TITLE, CAPTION = 400, 28, 26  # of a figure, and the heights of the lines above and below a panel


def clip(polygon, normal, offset):
    """The part of a convex polygon where normal . p <= offset."""
    heights = [float(normal @ p) - offset for p in polygon]
    kept = []
    for p, q, a, b in zip(polygon, polygon[1:] + polygon[:1], heights, heights[1:] + heights[:1]):
        if a <= 0:
            kept.append(p)
        if (a < 0 < b) or (b < 0 < a):
            kept.append(p + (q - p) * (a / (a - b)))
    return kept


def cells(rows, classes, k, window, added=None):
    """The cells of k nearest rows in the window, as pairs of a polygon and the class with the most votes. `added`: to the
    squared distance of each row, for columns that the figure does not show."""
    left, right, low, high = window
    corners = [np.array(p) for p in ((left, low), (right, low), (right, high), (left, high))]
    squares = (rows**2).sum(axis=1) + (np.zeros(len(rows)) if added is None else added)
    found = []
    for voters in itertools.combinations(range(len(rows)), k):
        polygon = corners
        for i, j in itertools.product(voters, set(range(len(rows))) - set(voters)):
            polygon = clip(polygon, 2 * (rows[j] - rows[i]), squares[j] - squares[i])
            if len(polygon) < 3:
                break
        else:
            found.append((polygon, int(np.bincount(classes[list(voters)]).argmax())))
    return found


class Panel:
    """A part of a figure that shows a window of the plane: its least and greatest x, then y."""

    def __init__(self, window, caption, left=0.0, width=WIDTH):
        self.window, self.caption, self.left, self.width = window, caption, left, width
        self.scale = width / (window[1] - window[0])
        self.height = (window[3] - window[2]) * self.scale
        self.shapes = []

    def at(self, p):
        return (self.left + (p[0] - self.window[0]) * self.scale, TITLE + (self.window[3] - p[1]) * self.scale)

    def polygon(self, points, fill, stroke="none", extra=""):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, points))
        self.shapes.append(f'<polygon points="{path}" fill="{fill}" stroke="{stroke}" {extra}/>')

    def regions(self, found, borders=False):
        for polygon, winner in found:
            self.polygon(polygon, PALE[winner], "#ffffff" if borders else PALE[winner])

    def dot(self, p, colour, size=5.0):
        x, y = self.at(p)
        self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}" stroke="#ffffff"/>')

    def rows(self, rows, classes, size=5.0):
        for p, label in zip(rows, classes):
            self.dot(p, DARK[label], size)

    def cross(self, p, size=5.0, width=2.2):
        (x, y), s = self.at(p), size
        path = f"M{x - s:.1f} {y - s:.1f}l{2 * s} {2 * s}m0 {-2 * s}l{-2 * s} {2 * s}"
        self.shapes.append(f'<path d="{path}" stroke="{INK}" stroke-width="{width}"/>')

    def line(self, p, q, colour=INK, width=1.5, dash=""):
        (a, b), (c, d) = self.at(p), self.at(q)
        self.shapes.append(f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{colour}" '
                           f'stroke-width="{width}" stroke-dasharray="{dash}"/>')

    def arrow(self, p, q):
        """From p to q, with its head at q."""
        start, tip = np.array(self.at(p)), np.array(self.at(q))
        along = (tip - start) / np.linalg.norm(tip - start)
        across, base = np.array([-along[1], along[0]]), tip - 9 * along
        self.shapes.append(f'<path d="M{start[0]:.1f} {start[1]:.1f}L{base[0]:.1f} {base[1]:.1f}" stroke="{INK}" '
                           'stroke-width="1.8"/>')
        head = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, base + 4 * across, base - 4 * across))
        self.shapes.append(f'<polygon points="{head}" fill="{INK}"/>')

    def ellipse(self, p, half_axes, colour=INK, dash="", fill="none", width=1.6, turn=0.0):
        (x, y), (a, b) = self.at(p), (half * self.scale for half in half_axes)
        self.shapes.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{a:.1f}" ry="{b:.1f}" fill="{fill}" stroke="{colour}" '
                           f'stroke-width="{width}" stroke-dasharray="{dash}" transform="rotate({-turn:.1f} {x:.1f} {y:.1f})"/>')

    def circle(self, p, radius, colour=INK, dash="", width=1.6):
        self.ellipse(p, (radius, radius), colour, dash, width=width)

    def ring(self, p, inner, outer):
        """What lies between two circles."""
        (x, y), middle, width = self.at(p), (inner + outer) / 2 * self.scale, (outer - inner) * self.scale
        self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{middle:.1f}" fill="none" stroke="#000000" '
                           f'stroke-opacity="0.14" stroke-width="{width:.1f}"/>')

    def label(self, p, text, dx=0, dy=0, anchor="start", colour=INK):
        x, y = self.at(p)
        self.shapes.append(f'<text x="{x + dx:.1f}" y="{y + dy:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>')


def figure(title, panels):
    """The text of the SVG file, on a light ground of its own for pages of any colour."""
    height = round(TITLE + CAPTION + max(panel.height for panel in panels))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#ffffff"/>',
        f'<text x="8" y="19" fill="{INK}" font-weight="bold">{title}</text>',
    ]
    for number, panel in enumerate(panels):
        edge = f'x="{panel.left:.1f}" y="{TITLE}" width="{panel.width:.1f}" height="{panel.height:.1f}"'
        lines += [f'<clipPath id="p{number}"><rect {edge}/></clipPath>', f'<g clip-path="url(#p{number})">']
        lines += [*panel.shapes, "</g>"]
        lines.append(f'<text x="{panel.left + 8:.0f}" y="{height - 8}" fill="{INK}">{panel.caption}</text>')
    # An attribute without a value says nothing.
    return "\n".join([*lines, "</svg>", ""]).replace(' stroke-dasharray=""', "").replace(" />", "/>")
