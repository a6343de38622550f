use rust_decimal::dec;
use secrecy::SecretString;

use super::*;
use crate::id::AccountId;

const HEADER: &[u8] = b"Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,\
Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem taxable,Billing Name,Billing Country,\
Shipping Country,Cancelled at,Refunded Amount,Vendor,Id,Source,Lineitem discount,Phone";

const FIRST: &str = "#1001,Ann@example.com,paid,2026-02-01 10:00:05 -0500,GBP,36.00,5.00,8.20,49.20,4.00,\
2026-02-01 10:00:00 -0500,2,\"=Mug - Red, large\",10.00,,true,Ann,GB,FR,,0.00,Acme,6123456789012345678,web,0.00,+44";

fn reader() -> OrderReader {
    let secret = SecretString::from("secret".to_owned());
    OrderReader::new(
        OrderColumns::find(HEADER).unwrap(),
        ("GBP".parse().unwrap(), chrono_tz::Europe::London),
        CustomerKeys::new(&secret, AccountId::new()).unwrap(),
    )
}

fn fault_of(text: &str) -> String {
    let mut reader = reader();
    let read = reader
        .place(text)
        .and_then(|_| reader.head(text))
        .and_then(|_| reader.item(text));
    read.unwrap_err().to_string()
}

#[test]
fn the_first_row_says_what_the_order_is_and_the_next_ones_what_else_is_in_it() {
    let mut reader = reader();
    assert_eq!(reader.place(FIRST), Ok(Place::First("#1001".to_owned())));
    let head = reader.head(FIRST).unwrap();
    assert_eq!(head.at.to_rfc3339(), "2026-02-01T15:00:00+00:00");
    assert_eq!(
        (
            head.outside_id.as_str(),
            head.country.as_str(),
            head.channel.as_str()
        ),
        ("6123456789012345678", "FR", "web")
    );
    assert_eq!((head.subtotal, head.total), (dec!(36), dec!(49.2)));
    assert!(head.customer.starts_with("mail:"));
    let item = reader.item(FIRST).unwrap().unwrap();
    assert_eq!(item.name, "=Mug - Red, large");
    assert_eq!(
        (item.quantity, item.price, item.is_taxable),
        (dec!(2), dec!(10), true)
    );
    let next = "#1001,Ann@example.com,,,,,,,,,,1,Pot,20,POT,false,,,,,,,,,,";
    assert_eq!(reader.place(next), Ok(Place::Next("#1001".to_owned())));
    let item = reader.item(next).unwrap().unwrap();
    assert_eq!((item.sku.as_str(), item.is_taxable), ("POT", false));
    let without = "#1001,,,,,,,,,,,,,,,,,,,,,,,,,";
    assert!(reader.place(without).is_ok());
    assert_eq!(reader.item(without), Ok(None));
}

#[test]
fn what_cannot_be_taken_is_told() {
    for (from, to, told) in [
        ("GBP", "EUR", "Currency is EUR and the store's is GBP"),
        (
            "2026-02-01 10:00:00",
            "2026-02-30 10:00:00",
            "Created at does not exist",
        ),
        (
            "2026-02-01 10:00:00",
            "01/02/2026",
            "Created at is not written like 2010-12-01 08:26:00 or 2010-12-01T08:26:00Z",
        ),
        (
            ",36.00,",
            ",1e3,",
            "Subtotal is not a plain number such as -12.50",
        ),
        (",5.00,", ",-5,", "Shipping is below zero"),
        ("-0500,2,", "-0500,-2,", "Lineitem quantity is below zero"),
        (
            "-0500,2,",
            "-0500,999999999999999,",
            "Lineitem quantity times Lineitem price is a trillion or more",
        ),
        ("#1001", "", "Name is empty"),
        (",+44", "", "the row has 25 fields and the header 26"),
        ("Ann,", "A\0nn,", "the row has a NUL character"),
    ] {
        assert_eq!(fault_of(&FIRST.replacen(from, to, 1)), told);
    }
}

#[test]
fn what_is_kept_of_a_refused_row_names_nobody() {
    let mut reader = reader();
    reader.place(FIRST).unwrap();
    let kept = reader.excerpt(FIRST);
    assert!(kept.starts_with("#1001,,,,GBP,36.00,"), "{kept}");
    assert!(kept.contains("\"=Mug - Red, large\""), "{kept}");
    assert!(!kept.contains("Ann") && !kept.contains("+44"), "{kept}");
}

#[test]
fn an_id_that_a_spreadsheet_has_cut_is_no_id() {
    let mut reader = reader();
    let cut = FIRST.replace("6123456789012345678", "6.12346E+18");
    reader.place(&cut).unwrap();
    assert_eq!(reader.head(&cut).unwrap().outside_id, "");
}
