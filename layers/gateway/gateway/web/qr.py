"""An address as a QR code, drawn as SVG."""

from __future__ import annotations

from io import BytesIO

import segno

BORDER = 4
"""Modules of blank around it, as the standard (ISO/IEC 18004) asks for."""


def qr_svg(address: str) -> str:
    """A whole SVG that grows with the place it is put in. Level M: readable with 15 % of it damaged."""
    code = segno.make(address, error="m", micro=False, boost_error=False)
    drawing = BytesIO()
    code.save(
        drawing,
        kind="svg",
        border=BORDER,
        omitsize=True,
        xmldecl=False,
        nl=False,
        light="#fff",
        svgclass=None,
        lineclass=None,
    )
    return drawing.getvalue().decode()
