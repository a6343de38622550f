use std::collections::HashSet;

use suite_core::shopify_orders::{
    ITEMS_LIMIT, OrderFault, OrderHead, OrderItem, OrderReader, Place,
};
use suite_db::imports::Reject;

use super::{FileOrder, OrderBatch};

/// Rows after which a batch is full.
const ROWS: i64 = 2_000;

/// The order whose rows are being read.
struct Group {
    name: String,
    head: Option<OrderHead>,
    items: Vec<OrderItem>,
    rows: Vec<(i64, String)>,
    /// The first thing that is wrong with it, and in which line.
    fault: Option<(i64, OrderFault)>,
}

/// Brings the rows of each order together.
pub(super) struct Grouper {
    reader: OrderReader,
    batch: OrderBatch,
    names: HashSet<String>,
    group: Option<Group>,
    /// An order that is refused for its length, and whose rows may still come.
    endless: Option<String>,
}

impl Grouper {
    pub(super) fn new(reader: OrderReader) -> Self {
        Self {
            reader,
            batch: OrderBatch::default(),
            names: HashSet::new(),
            group: None,
            endless: None,
        }
    }

    /// Takes the next row, and returns the batch before it when that is full.
    pub(super) fn take(&mut self, line: i64, text: &str) -> Option<OrderBatch> {
        match self.reader.place(text) {
            Err(fault) => {
                self.reject(line, String::new(), &fault);
                // Nobody knows whether it was a row of the order above.
                if let Some(group) = &mut self.group {
                    group.fault.get_or_insert((line, fault));
                }
                None
            }
            Ok(Place::First(name)) => {
                self.close();
                self.endless = None;
                let full = self.cut(&name);
                self.begin(line, text, name);
                full
            }
            Ok(Place::Next(name)) => self.go_on(line, text, &name),
        }
    }

    /// Ends the file, and returns its last batch.
    pub(super) fn finish(mut self) -> Option<OrderBatch> {
        self.close();
        (self.batch.rows > 0).then_some(self.batch)
    }

    /// Ends the batch when it is full, or has this order already.
    fn cut(&mut self, name: &str) -> Option<OrderBatch> {
        if self.batch.rows < ROWS && !self.names.contains(name) {
            return None;
        }
        self.names.clear();
        Some(std::mem::take(&mut self.batch))
    }

    fn begin(&mut self, line: i64, text: &str, name: String) {
        let head = self.reader.head(text);
        let (head, fault) = match head {
            Ok(head) => (Some(head), None),
            Err(fault) => (None, Some((line, fault))),
        };
        self.names.insert(name.clone());
        self.group = Some(Group {
            name,
            head,
            items: Vec::new(),
            rows: Vec::new(),
            fault,
        });
        self.add(line, text);
    }

    fn go_on(&mut self, line: i64, text: &str, name: &str) -> Option<OrderBatch> {
        if self.endless.as_deref() == Some(name) {
            let full = self.cut("");
            let content = self.reader.excerpt(text);
            self.reject(line, content, &OrderFault::TooManyItems);
            return full;
        }
        match &self.group {
            Some(group) if group.name == name && group.rows.len() == ITEMS_LIMIT => {
                self.endless = Some(name.to_owned());
                self.add(line, text);
                if let Some(group) = &mut self.group {
                    group.fault = Some((line, OrderFault::TooManyItems));
                }
                self.close();
            }
            Some(group) if group.name == name => self.add(line, text),
            _ => {
                self.close();
                let content = self.reader.excerpt(text);
                self.reject(line, content, &OrderFault::NoFirstRow);
            }
        }
        None
    }

    fn add(&mut self, line: i64, text: &str) {
        let item = self.reader.item(text);
        let content = self.reader.excerpt(text);
        if let Some(group) = &mut self.group {
            group.rows.push((line, content));
            match item {
                Ok(item) => group.items.extend(item),
                Err(fault) => {
                    group.fault.get_or_insert((line, fault));
                }
            }
        }
    }

    /// Ends the order whose rows were read so far.
    fn close(&mut self) {
        let Some(group) = self.group.take() else {
            return;
        };
        self.batch.rows += i64::try_from(group.rows.len()).unwrap_or(i64::MAX);
        match (group.head, group.fault) {
            (Some(head), None) => self.batch.orders.push(FileOrder {
                name: group.name,
                head,
                items: group.items,
                rows: group.rows,
            }),
            (_, Some((at, fault))) => {
                let together = OrderFault::Together {
                    line: at.unsigned_abs(),
                };
                let rejects = group.rows.into_iter().map(|(line, content)| {
                    let fault = if line == at { &fault } else { &together };
                    reject(line, content, fault)
                });
                self.batch.rejects.extend(rejects);
            }
            (None, None) => {}
        }
    }

    fn reject(&mut self, line: i64, content: String, fault: &OrderFault) {
        self.batch.rows += 1;
        self.batch.rejects.push(reject(line, content, fault));
    }
}

fn reject(line_number: i64, content: String, fault: &OrderFault) -> Reject {
    Reject {
        line_number,
        reason: fault.to_string(),
        content,
    }
}
