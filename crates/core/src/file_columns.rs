//! Finds the columns of a format in the header of a file, in any order and among others.

use crate::invoice_lines::{BrokenFile, COLUMN_LIMIT, Fields, column_position, readable_header};

/// What a column is called, and what exports call it, in small letters and without blanks and signs.
pub(crate) type ColumnNames = (&'static str, &'static [&'static str]);

/// Where the columns of a format stand in a file; those that the format needs are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileColumns<const N: usize> {
    count: usize,
    places: [Option<usize>; N],
}

impl<const N: usize> FileColumns<N> {
    /// Finds the columns in the first record of a file; `needed` are places in `names`.
    ///
    /// # Errors
    /// [`BrokenFile`] when it is no header, or lacks what the format needs.
    pub(crate) fn find(
        header: &[u8],
        names: &[ColumnNames; N],
        needed: &[usize],
    ) -> Result<Self, BrokenFile> {
        let header = readable_header(header)?;
        let list = |columns: &mut dyn Iterator<Item = &usize>| -> String {
            let columns: Vec<&str> = columns.map(|column| names[*column].0).collect();
            columns.join(", ")
        };
        let no_header = || BrokenFile::NoHeader {
            columns: list(&mut needed.iter()),
        };
        let mut fields = Fields::default();
        let count = fields
            .split(header, COLUMN_LIMIT)
            .map_err(|_| no_header())?;
        if count > COLUMN_LIMIT {
            return Err(BrokenFile::TooManyColumns {
                limit: COLUMN_LIMIT,
            });
        }
        let in_file: Vec<String> = (0..count)
            .map(|index| plain(fields.get(header, index)))
            .collect();
        let mut places = [None; N];
        for (place, (column, aliases)) in places.iter_mut().zip(names) {
            *place = column_position(&in_file, column, aliases)?;
        }
        if places.iter().all(Option::is_none) {
            return Err(wrong_separator(header, names).unwrap_or_else(no_header));
        }
        let missing = list(&mut needed.iter().filter(|column| places[**column].is_none()));
        if missing.is_empty() {
            Ok(Self { count, places })
        } else {
            Err(BrokenFile::MissingColumns { columns: missing })
        }
    }

    /// Returns how many columns the header has: each row must have as many.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Returns where a column stands, by its place in the names.
    pub(crate) fn place(&self, column: usize) -> Option<usize> {
        self.places.get(column).copied().flatten()
    }

    /// Tells whether a place of the file is one of the format's columns.
    pub(crate) fn is_known(&self, place: usize) -> bool {
        self.places.contains(&Some(place))
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn wrong_separator(header: &str, names: &[ColumnNames]) -> Option<BrokenFile> {
    let names_a_column = |text: &str| {
        let text = plain(text);
        names
            .iter()
            .any(|(_, aliases)| aliases.contains(&text.as_str()))
    };
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(sign, _)| header.contains(*sign) && header.split(*sign).any(names_a_column))
        .map(|(_, separator)| BrokenFile::WrongSeparator { separator })
}
