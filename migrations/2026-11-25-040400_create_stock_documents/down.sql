DROP TABLE stock_documents;
