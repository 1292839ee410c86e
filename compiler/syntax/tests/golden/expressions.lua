#!/usr/bin/env gatos
return nil, true, false, ..., 12, 0x1F, 3.5e-2, .5, 3., 0xA.8p1
;
