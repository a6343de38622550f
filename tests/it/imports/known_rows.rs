//! Invented files of some batches, written so that every figure of them is known.

/// Rows of a file with `invoices` invoices of ten lines; every hundredth line moves stock only.
pub(super) fn rows(invoices: usize) -> Vec<String> {
    let mut rows = Vec::with_capacity(invoices * 10);
    for invoice in 0..invoices {
        for line in 0..10 {
            let number = invoice * 10 + line;
            let (day, minute) = (1 + (invoice / 400) % 28, invoice % 60);
            let price = if number % 100 == 7 { "0" } else { "1.25" };
            rows.push(format!(
                "{invoice},SKU{},Thing {},{},2011-03-{day:02} 10:{minute:02},{price},C{},Country {}",
                number % 700,
                number % 700,
                1 + line % 3,
                invoice % 90,
                invoice % 7,
            ));
        }
    }
    rows
}

pub(super) fn file(rows: &[String]) -> String {
    format!(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n{}\n",
        rows.join("\n")
    )
}
