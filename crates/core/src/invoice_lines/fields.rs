use memchr::memchr;

/// The fields of one record; used again for the next, so that no row costs an allocation.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Holds what a doubled quote makes different from the record.
    unescaped: String,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    is_unescaped: bool,
    start: usize,
    end: usize,
}

/// Text stands between a closing quote and the next comma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextAfterQuote;

impl Fields {
    /// Takes `record` apart and returns how many fields it has; counting stops at one more than `limit`.
    pub(crate) fn split(&mut self, record: &str, limit: usize) -> Result<usize, TextAfterQuote> {
        self.unescaped.clear();
        self.spans.clear();
        let mut from = 0;
        loop {
            let rest = &record[from..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let end = if rest[blanks..].starts_with('"') {
                self.quoted(record, from + blanks + 1)?
            } else {
                let end = memchr(b',', rest.as_bytes()).map_or(record.len(), |at| from + at);
                self.spans.push(Span {
                    is_unescaped: false,
                    start: from,
                    end,
                });
                end
            };
            if end == record.len() || self.spans.len() > limit {
                return Ok(self.spans.len());
            }
            from = end + 1;
        }
    }

    /// Reads a quoted field whose text begins at `from`; returns where its comma or the record's end is.
    fn quoted(&mut self, record: &str, from: usize) -> Result<usize, TextAfterQuote> {
        let start = self.unescaped.len();
        let mut part = from;
        let after = loop {
            let Some(quote) = memchr(b'"', &record.as_bytes()[part..]).map(|at| part + at) else {
                // The reader of records lets no open quote through; without it the field ends with the record.
                self.unescaped.push_str(&record[part..]);
                break record.len();
            };
            self.unescaped.push_str(&record[part..quote]);
            if record.as_bytes().get(quote + 1) != Some(&b'"') {
                break quote + 1;
            }
            self.unescaped.push('"');
            part = quote + 2;
        };
        self.spans.push(Span {
            is_unescaped: true,
            start,
            end: self.unescaped.len(),
        });
        let rest = &record[after..];
        let end = after + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match record.as_bytes().get(end) {
            None | Some(b',') => Ok(end),
            Some(_) => Err(TextAfterQuote),
        }
    }

    /// Returns field `index` without the blanks around it; a field that is not there is empty.
    pub(crate) fn get<'a>(&'a self, record: &'a str, index: usize) -> &'a str {
        self.spans.get(index).map_or("", |span| {
            let text = if span.is_unescaped {
                self.unescaped.as_str()
            } else {
                record
            };
            text[span.start..span.end].trim()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(record: &str) -> Result<Vec<String>, TextAfterQuote> {
        let mut fields = Fields::default();
        let count = fields.split(record, 100)?;
        Ok((0..count)
            .map(|index| fields.get(record, index).to_owned())
            .collect())
    }

    #[test]
    fn fields_lose_the_blanks_around_them_and_their_quotes() {
        assert_eq!(
            split("a, b ,\t\"c, \"\"d\"\"\ne\" ,,12\" SIGN,").unwrap(),
            ["a", "b", "c, \"d\"\ne", "", "12\" SIGN", ""]
        );
    }

    #[test]
    fn text_behind_a_closing_quote_is_refused() {
        assert_eq!(split("\"a\"b,c"), Err(TextAfterQuote));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(record in "[\\PC\",\n ]{0,60}", limit in 0usize..5) {
            let mut fields = Fields::default();
            if let Ok(count) = fields.split(&record, limit) {
                prop_assert!(count <= limit + 1);
                for index in 0..count + 1 {
                    fields.get(&record, index);
                }
            }
        }

        #[test]
        fn what_a_csv_writer_wrote_reads_back(row in proptest::collection::vec("[a-z\",\r\né]{0,6}", 2..6)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let trimmed: Vec<String> = row.iter().map(|field| field.trim().to_owned()).collect();
            prop_assert_eq!(split(text.strip_suffix('\n').unwrap()).unwrap(), trimmed);
        }
    }
}
