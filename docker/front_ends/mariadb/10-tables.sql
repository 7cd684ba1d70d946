-- 样例: 户籍人口信息, 四人, 人名和号码均为虚构。
-- Sample: the population register, four made-up people, with the columns that the catalog's
-- resource public-security.resident names.
SET NAMES utf8mb4;
CREATE TABLE rkxt.T_RK_JBXX (
  SFZH char(18) NOT NULL COMMENT '公民身份号码',
  XM varchar(50) NOT NULL COMMENT '姓名',
  CYM varchar(50) NULL COMMENT '曾用名',
  XB char(1) NOT NULL COMMENT '性别',
  MZ char(2) NOT NULL COMMENT '民族',
  CSRQ date NOT NULL COMMENT '出生日期',
  JG_XZQH char(6) NULL COMMENT '籍贯',
  HJ_XZQH char(6) NOT NULL COMMENT '户籍地区划',
  HH varchar(12) NOT NULL COMMENT '户号',
  YHZGX char(2) NOT NULL COMMENT '与户主关系',
  HJDZ varchar(120) NOT NULL COMMENT '户籍地址',
  SSPCS varchar(60) NOT NULL COMMENT '所属派出所',
  HYZK char(2) NULL COMMENT '婚姻状况',
  WHCD char(2) NULL COMMENT '文化程度',
  SJH varchar(11) NULL COMMENT '手机号',
  QRRQ date NULL COMMENT '迁入日期',
  SWBS char(1) NOT NULL DEFAULT '0' COMMENT '死亡标识',
  ZPBH varchar(32) NULL COMMENT '照片编号, 不共享',
  GXSJ datetime(6) NOT NULL COMMENT '更新时间',
  PRIMARY KEY (SFZH),
  KEY IX_GXSJ (GXSJ)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COMMENT = '人口基本信息';
INSERT INTO rkxt.T_RK_JBXX VALUES
  ('360202198506123019', '王磊', NULL, '1', '01', '1985-06-12', '360202', '360202', '360202000001', '02', '江西省景德镇市昌江区西郊街道瓷都大道12号', '景德镇市公安局昌江分局', '20', '20', '13900000001', NULL, '0', 'P0001', '2026-01-05 09:00:00.000000'),
  ('360203197811032027', '欧阳芳', '欧阳小芳', '2', '01', '1978-11-03', '360203', '360203', '360203000002', '02', '江西省景德镇市珠山区新村街道莲社路8号', '景德镇市公安局珠山分局', '20', '60', '13900000002', '2010-05-01', '0', 'P0002', '2026-01-05 09:30:00.000000'),
  ('360222200102281016', '李𠮷', NULL, '1', '22', '2001-02-28', '360222', '360222', '360222000003', '20', '江西省景德镇市浮梁县浮梁镇新平路3号', '浮梁县公安局', '10', '20', NULL, NULL, '0', NULL, '2026-01-05 10:00:00.000000'),
  ('36028119960915204X', '古丽娜尔·阿不都', NULL, '2', '05', '1996-09-15', NULL, '360281', '360281000004', '02', '江西省乐平市洎阳街道翥山路5号', '乐平市公安局', '10', '20', '13900000004', '2024-03-18', '0', 'P0004', '2026-01-05 10:30:00.000000');
