use std::{collections::HashMap, sync::Arc};

/// Gives equal texts one number and keeps each text once.
#[derive(Debug, Default)]
pub(super) struct Interner {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    last: u32,
}

impl Interner {
    /// Returns the number of `text`, and whether it is new.
    pub(super) fn intern(&mut self, text: &str) -> (u32, bool) {
        // Most texts of a row are those of the row before.
        if self
            .texts
            .get(self.last as usize)
            .is_some_and(|last| **last == *text)
        {
            return (self.last, false);
        }
        if let Some(number) = self.numbers.get(text) {
            self.last = *number;
            return (*number, false);
        }
        // A batch holds some ten thousand texts.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        self.last = number;
        (number, true)
    }

    pub(super) fn get(&self, number: u32) -> &Arc<str> {
        &self.texts[number as usize]
    }

    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }
}
