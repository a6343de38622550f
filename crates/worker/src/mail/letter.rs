use askama::Template;
use suite_core::Error;

/// What a mail says, apart from how it looks: the same words become its text and its HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    /// Sentences, a paragraph each.
    pub(crate) paragraphs: Vec<String>,
    /// A list, such as what runs out: what it is, and how much of it.
    pub(crate) rows: Vec<(String, String)>,
    /// The one thing to do: what the button says, and where it leads.
    pub(crate) action: Option<(&'static str, String)>,
    /// Why the reader gets it.
    pub(crate) reason: String,
    /// Where the reader stops it, if that may be stopped.
    pub(crate) stop: Option<String>,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct AsText<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct AsHtml<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// Writes it as plain text.
    pub(crate) fn text(&self) -> suite_core::Result<String> {
        AsText { letter: self }.render().map_err(Error::internal)
    }

    /// Writes it as HTML; everything that anybody typed is escaped.
    pub(crate) fn html(&self) -> suite_core::Result<String> {
        AsHtml { letter: self }.render().map_err(Error::internal)
    }
}
