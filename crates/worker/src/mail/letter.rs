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
    /// Keeps all that it says within its line: what somebody typed cannot pass for a paragraph, a link or a footer of ours.
    pub(crate) fn in_lines(mut self) -> Self {
        let typed = self.rows.iter_mut().flat_map(|(name, value)| [name, value]);
        for text in self.paragraphs.iter_mut().chain(typed) {
            *text = one_line(text);
        }
        // `=?` begins what a mail program decodes in a header, into whatever was hidden so.
        self.subject = one_line(&self.subject).replace("=?", "= ?");
        self
    }

    /// Writes it as plain text.
    pub(crate) fn text(&self) -> suite_core::Result<String> {
        AsText { letter: self }.render().map_err(Error::internal)
    }

    /// Writes it as HTML; everything that anybody typed is escaped.
    pub(crate) fn html(&self) -> suite_core::Result<String> {
        AsHtml { letter: self }.render().map_err(Error::internal)
    }
}

/// Takes out what breaks a line or turns the order of letters around: it must not stand in a header, and changes what is around it
/// elsewhere.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.split(breaks)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
