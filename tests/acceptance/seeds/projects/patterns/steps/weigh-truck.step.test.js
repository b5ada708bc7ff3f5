throw new Error('a test beside a Step was run as one')
