"""Documents as files that last: typed content and a typst template go in, PDF/A-3a comes out.

    content.py   the base of every content: a field without a default is mandatory
    figures.py   dates, instants and amounts as an official document writes them
    glyphs.py    the fonts, and the characters that they can draw
    render.py    the file itself, with its content as an attachment
    series.py    the numbers of documents, without a gap and never given twice
    seal.py      the electronic seal as a port, with an implementation for tests
    typst/       the page (a local typst package, `@mingzheng/layout`) that every template imports

The templates and their content belong to the service that issues the document.
"""
