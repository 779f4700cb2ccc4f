/* Shops, products, customers and what they buy. Every value is arithmetic on the row's number, so
 * that the same scale always gives the same rows. */
#include "ops/demo/demo_data.h"

static const demo_table tables[] = {
    {"bronze", "stores", "Shops, one row each", 50, NULL,
     "SELECT id AS store_id, concat('Store ', CAST(id AS STRING)) AS name, "
     "CASE id % 5 WHEN 0 THEN 'north' WHEN 1 THEN 'south' WHEN 2 THEN 'east' WHEN 3 THEN 'west' ELSE 'online' END AS "
     "region, CAST(100 + id * 37 % 900 AS INT) AS square_metres, "
     "date_add(DATE'2010-01-01', CAST(id * 61 % 3000 AS INT)) AS opened FROM range(@rows)"},
    {"bronze", "products", "What is sold", 1000, NULL,
     "SELECT id AS product_id, concat('Product ', CAST(id AS STRING)) AS name, "
     "CASE id % 6 WHEN 0 THEN 'garden' WHEN 1 THEN 'kitchen' WHEN 2 THEN 'books' WHEN 3 THEN 'toys' WHEN 4 THEN "
     "'sports' ELSE 'clothes' END AS category, CAST((199 + id * 7919 % 19800) / 100.0 AS DECIMAL(10,2)) AS price, "
     "CAST((99 + id * 3571 % 9900) / 100.0 AS DECIMAL(10,2)) AS cost, id % 11 <> 0 AS active FROM range(@rows)"},
    {"bronze", "customers", "People who buy", 10000, NULL,
     "SELECT id AS customer_id, concat('customer', CAST(id AS STRING), '@example.com') AS email, "
     "concat(CASE id % 7 WHEN 0 THEN 'Ada' WHEN 1 THEN 'Ben' WHEN 2 THEN 'Cleo' WHEN 3 THEN 'Dan' WHEN 4 THEN 'Eva' "
     "WHEN 5 THEN 'Finn' ELSE 'Gül' END, ' ', CASE id * 13 % 5 WHEN 0 THEN 'Smith' WHEN 1 THEN 'Meier' WHEN 2 THEN "
     "'Rossi' WHEN 3 THEN 'Yılmaz' ELSE 'Novák' END) AS full_name, "
     "CASE WHEN id % 17 = 0 THEN NULL ELSE date_add(DATE'1945-01-01', CAST(id * 97 % 22000 AS INT)) END AS birth_date, "
     "CASE id % 4 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' WHEN 2 THEN 'US' ELSE 'IN' END AS country, "
     "date_add(DATE@start, CAST(id * 31 % @days AS INT)) AS registered FROM range(@rows)"},
    {"bronze", "orders", "One row an order", 100000, "order_year",
     "SELECT id AS order_id, id * 7 % @customers_rows AS customer_id, id * 3 % @stores_rows AS store_id, "
     "date_add(DATE@start, CAST(id * 11 % @days AS INT)) AS order_date, "
     "CASE id % 20 WHEN 0 THEN 'returned' WHEN 1 THEN 'cancelled' ELSE 'shipped' END AS status, "
     "CAST(year(date_add(DATE@start, CAST(id * 11 % @days AS INT))) AS INT) AS order_year FROM range(@rows)"},
    {"bronze", "order_items", "One row a line of an order", 250000, NULL,
     "SELECT id AS item_id, id % @orders_rows AS order_id, id * 17 % @products_rows AS product_id, "
     "CAST(1 + id % 4 AS INT) AS quantity, CAST((id * 7 % 25) / 100.0 AS DECIMAL(4,2)) AS discount "
     "FROM range(@rows)"},
    {"silver", "order_lines", "Items with their order, product and price", 0, NULL,
     "SELECT i.item_id, o.order_id, o.customer_id, o.store_id, o.order_date, p.category, i.quantity, "
     "CAST(i.quantity * p.price * (1 - i.discount) AS DECIMAL(12,2)) AS revenue, "
     "CAST(i.quantity * p.cost AS DECIMAL(12,2)) AS cost FROM @bronze.order_items i "
     "JOIN @bronze.orders o ON o.order_id = i.order_id JOIN @bronze.products p ON p.product_id = i.product_id "
     "WHERE o.status = 'shipped'"},
    {"silver", "active_customers", "Customers with an order", 0, NULL,
     "SELECT c.customer_id, c.email, c.country, c.registered, count(o.order_id) AS orders, max(o.order_date) AS "
     "last_order FROM @bronze.customers c JOIN @bronze.orders o ON o.customer_id = c.customer_id "
     "GROUP BY c.customer_id, c.email, c.country, c.registered"},
    {"gold", "daily_sales", "Revenue by day and region", 0, NULL,
     "SELECT l.order_date, s.region, count(*) AS lines, sum(l.quantity) AS units, "
     "CAST(sum(l.revenue) AS DECIMAL(18,2)) AS revenue FROM @silver.order_lines l JOIN @bronze.stores s ON s.store_id "
     "= l.store_id GROUP BY l.order_date, s.region"},
    {"gold", "category_profit", "Profit by category and year", 0, NULL,
     "SELECT category, CAST(year(order_date) AS INT) AS sales_year, CAST(sum(revenue) AS DECIMAL(18,2)) AS revenue, "
     "CAST(sum(revenue - cost) AS DECIMAL(18,2)) AS profit FROM @silver.order_lines GROUP BY category, "
     "year(order_date)"},
    {0}};

static const demo_code views[] = {
    {"silver", "customers_by_country", "How many customers each country has", "country, customers",
     "SELECT country, count(*) AS customers FROM @bronze.customers GROUP BY country"},
    {"gold", "best_regions", "Regions by revenue", "region, revenue",
     "SELECT region, sum(revenue) AS revenue -- all days\nFROM @gold.daily_sales\nGROUP BY region"},
    {"gold", "margins", "Margin of each category and year, by the function margin",
     "category, sales_year, margin",
     "SELECT category, sales_year, @gold.margin(CAST(revenue AS DOUBLE), CAST(profit AS DOUBLE)) AS margin "
     "FROM @gold.category_profit"},
    {0}};

static const demo_code functions[] = {{"gold", "margin", "Profit as a share of revenue",
                                       "(revenue DOUBLE, profit DOUBLE) RETURNS DOUBLE",
                                       "CASE WHEN revenue = 0 THEN NULL ELSE profit / revenue END"},
                                      {0}};

const demo_industry demo_retail = {.name = "retail",
                                   .tables = tables,
                                   .views = views,
                                   .functions = functions,
                                   .volume_schema = "bronze",
                                   .volume = "landing",
                                   .volume_comment = "Files as they come from the shops"};
